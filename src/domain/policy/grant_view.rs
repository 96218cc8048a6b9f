//! The part of a credential's grant that decisions use. Most credentials have none.

use std::net::IpAddr;

use crate::domain::credential::CredentialRecord;
use crate::domain::grant::Grant;
use crate::domain::vocabulary::{CompiledScopes, RequiredScope, Vocabulary};
use crate::secrets::OwnerHash;
use crate::values::{NetworkSet, Scopes};

use super::denial::DenialReason;

/// A compiled grant.
#[derive(Debug)]
pub(crate) struct GrantView {
    /// `None` if all scopes are granted.
    scopes: Option<CompiledScopes>,
    /// `None` if the credential has no networks of its own.
    networks: Option<NetworkSet>,
    /// The member who owns the credential, if one does.
    pub(super) owner: Option<OwnerHash>,
    /// The names, for proofs and errors.
    pub(super) grant: Grant,
    pub(super) vocabulary: Vocabulary,
}

impl GrantView {
    /// Returns the view, or `None` if nothing is set.
    pub(super) fn of(record: &CredentialRecord, vocabulary: &Vocabulary) -> Option<Box<Self>> {
        let grant = &record.grant;
        if grant.is_default() {
            return None;
        }
        let scopes = match &grant.scopes {
            Scopes::All => None,
            Scopes::Only(set) => Some(vocabulary.compile(set)),
        };
        let networks = grant.networks.as_ref();
        let networks =
            networks.map(|networks| NetworkSet::compile(networks.as_slice().iter().copied()));
        let owner = record.owner_hash();
        let (grant, vocabulary) = (grant.clone(), vocabulary.clone());
        Some(Box::new(Self { scopes, networks, owner, grant, vocabulary }))
    }

    /// Returns the number of scopes that the vocabulary lacks.
    pub(super) fn unknown_scopes(&self) -> u64 {
        self.scopes.as_ref().map_or(0, CompiledScopes::unknown)
    }

    /// Returns `true` if the scope is granted.
    #[inline]
    pub(super) fn grants(&self, required: RequiredScope) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.grant(required))
    }

    /// Checks the address, and then the scope that the route requires.
    #[inline]
    pub(super) fn check(
        &self,
        address: Option<&IpAddr>,
        required: Option<&RequiredScope>,
    ) -> Result<(), DenialReason> {
        if let Some(networks) = &self.networks {
            let address = address.ok_or(DenialReason::AddressUnknown)?;
            if !networks.contains(address) {
                return Err(DenialReason::AddressNotAllowed);
            }
        }
        match required {
            Some(required) if !self.grants(*required) => Err(DenialReason::InsufficientScope),
            _ => Ok(()),
        }
    }
}
