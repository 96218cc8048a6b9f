//! Checks a configuration, and makes the parts of a handle.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::Vocabulary;
use crate::kinds::{DEFAULT, INTEGRATIONS, Integrations, Kind, Kinds, Track};
use crate::secrets::RecordKeys;
use crate::values::{Brand, Prefixes};

use super::{BuildError, Builder};
use crate::shell::failure_log::FailureLog;
use crate::shell::hashing::Hashing;
use crate::shell::imports::{self, Imports, RecognisedKeys};
use crate::shell::keyward::{Inner, Keyward};
use crate::shell::knowledge::{EntrySettings, Knowledge};
use crate::shell::last_used::LastUsed;
use crate::shell::manager::ManagerParts;
use crate::shell::minting::Minter;
use crate::shell::records::Records;
use crate::shell::renewing::Renewer;
use crate::shell::sealing::Sealer;
use crate::shell::settings::ServiceSettings;
use crate::shell::stats::Counters;
use crate::shell::verifier::{SlowChecker, Stepper, Verifier};

impl Builder {
    /// Builds the handle without a query to the store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the master keys, the kinds, the integrations, the brands or the record epochs contradict each other, or if
    /// the vocabulary of scopes cannot be used.
    pub fn build(mut self) -> Result<Keyward, BuildError> {
        self.keys.check()?;
        let specs = std::mem::take(&mut self.kinds);
        let specs = if specs.is_empty() { DEFAULT.to_vec() } else { specs };
        let kinds = Kinds::new(specs)?;
        let (declared, custom) = match (self.integrations.take(), self.custom_integrations) {
            (None, None) if kinds.are_default() => (INTEGRATIONS.to_vec(), Some(Track::WORD)),
            (declared, custom) => (declared.unwrap_or_default(), custom),
        };
        let integrations = Integrations::new(declared, custom, &kinds)?;
        let mut brands = vec![self.brand];
        for brand in std::mem::take(&mut self.older_brands) {
            if brands.contains(&brand) {
                return Err(BuildError::BrandTwice(brand));
            }
            brands.push(brand);
        }
        if brands.contains(&Brand::IMPORTED) {
            return Err(BuildError::ReservedBrand(Brand::IMPORTED));
        }
        imports::check(&self.imports, &kinds)?;
        let words: Vec<_> = kinds.words().collect();
        let prefixes = Prefixes::new(brands, &words)
            .with_imported(self.imports.iter().map(|declared| declared.kind));
        self.keys.prepare_for(&prefixes);
        self.epochs.check()?;
        let vocabulary = self.vocabulary.clone()?;
        Ok(self.compose(kinds, integrations, prefixes, &vocabulary))
    }

    /// Creates the parts and hands each what it needs.
    fn compose(
        self,
        kinds: Kinds,
        integrations: Integrations,
        prefixes: Prefixes,
        vocabulary: &Vocabulary,
    ) -> Keyward {
        let settings = self.service_settings(&prefixes, &kinds, vocabulary);
        let entry_settings = self.entry_settings(vocabulary);
        let recognised_keys = if self.imports.is_empty() { 0 } else { self.cached_credentials };
        // Evaluated only if needed, because it reads files.
        let machine = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.hashing_threads.unwrap_or_else(machine);
        let (store, clock) = (self.store, self.clock);
        let (keys, kinds) = (Arc::new(self.keys), Arc::new(kinds));
        let (stats, failure_log) = (Counters::default(), Arc::new(FailureLog::default()));
        let record_keys = RecordKeys::new(&keys, &self.epochs);
        let records = Records::new(store.clone(), record_keys, Arc::clone(&clock), stats.clone());
        let (for_attempts, records) = (Arc::new(records.for_attempts()), Arc::new(records));
        let knowledge = Knowledge::new(
            self.freshness,
            self.cached_credentials,
            entry_settings,
            &for_attempts,
            &clock,
            &stats,
        );
        let (params, queue) = (self.slow_hash, self.hashing_queue);
        let hashing = Hashing::new(params, threads, queue, Arc::clone(&clock), stats.clone());
        let hashing = Arc::new(hashing);
        let last_used =
            LastUsed::new(store.clone(), self.flush_interval).with_grain(self.last_used_grain);
        let last_used = Arc::new(match self.networks {
            Some(_) => last_used.with_networks(),
            None => last_used,
        });
        let sealer = Sealer::new(Arc::clone(&keys), self.randomness.clone());
        let renewer = Arc::new(Renewer::new(
            Arc::clone(&keys),
            store.clone(),
            Arc::clone(&for_attempts),
            sealer.clone(),
        ));
        let minter = Minter::new(
            self.brand,
            Arc::clone(&kinds),
            self.randomness.clone(),
            Arc::clone(&hashing),
            sealer,
        );
        let recognised = RecognisedKeys::new(recognised_keys, self.randomness.clone());
        let imports = Arc::new(Imports::new(self.imports, Arc::clone(&for_attempts), recognised));
        let verifier = Verifier {
            prefixes,
            kinds: Arc::clone(&kinds),
            imports: Arc::clone(&imports),
            clock: Arc::clone(&clock),
            stepper: Stepper::new(
                Arc::clone(&keys),
                knowledge.clone(),
                Arc::clone(&last_used),
                stats.clone(),
            ),
            slow_checker: SlowChecker::new(
                Arc::clone(&keys),
                for_attempts,
                knowledge.clone(),
                Arc::clone(&hashing),
            ),
            renewer: Arc::clone(&renewer),
            failure_log: Arc::clone(&failure_log),
        };
        let manager = ManagerParts {
            store: store.clone(),
            records: Arc::clone(&records),
            knowledge: knowledge.clone(),
            last_used: Arc::clone(&last_used),
            minter,
            keys: Arc::clone(&keys),
            kinds: Arc::clone(&kinds),
            integrations,
            imports,
            vocabulary: vocabulary.clone(),
            limits: self.limits,
            networks: self.networks,
            clock: Arc::clone(&clock),
            randomness: self.randomness,
        };
        Keyward::new(Inner {
            brand: self.brand,
            settings,
            keys,
            kinds,
            clock,
            store,
            records,
            knowledge,
            hashing,
            last_used,
            renewer,
            verifier,
            manager,
            retention: self.retention,
            remembers_networks: self.networks.is_some(),
            stats,
            failure_log,
            closed: AtomicBool::new(false),
        })
    }

    fn service_settings(
        &self,
        prefixes: &Prefixes,
        kinds: &Kinds,
        vocabulary: &Vocabulary,
    ) -> ServiceSettings {
        let (epochs, keys) = (&self.epochs, &self.keys);
        ServiceSettings::of(prefixes, kinds, epochs, keys, vocabulary, &self.limits, &self.imports)
    }

    fn entry_settings(&self, vocabulary: &Vocabulary) -> EntrySettings {
        let remembers_networks = self.networks.is_some();
        EntrySettings { vocabulary: vocabulary.clone(), remembers_networks }
    }
}
