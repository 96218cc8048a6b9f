//! The events of a poll in one value. A row for each event would cost the server and the driver more than the events themselves.

use crate::adapters::sql::Unreadable;
use crate::domain::{EventOutline, Subject};
use crate::secrets::RecordTag;
use crate::values::{AccountId, CredentialId, OperationId, WorkspaceId};

use super::time;

/// Packs the events `{events}`. The number, the time, the operation and the tag have fixed lengths, and NUL ends a text, which
/// cannot contain it. An empty text stands for NULL, because no id is empty.
pub(super) const PACKED: &str = "(SELECT string_agg(int8send(e.number) || timestamptz_send(e.at) \
    || e.operation || e.outline_tag || textsend(e.account) || '\\x00'::bytea \
    || textsend(COALESCE(e.workspace, '')) || '\\x00'::bytea \
    || textsend(COALESCE(e.credential, '')) || '\\x00'::bytea, ''::bytea) FROM {events})";

/// Reads the events, with their numbers. If one does not have the lengths above, all are unreadable.
pub(super) fn unpacked(packed: &[u8]) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
    let (mut events, mut rest) = (Vec::new(), Unpacking(packed));
    while !rest.0.is_empty() {
        events.push(rest.event()?);
    }
    Ok(events)
}

/// What has not been read.
struct Unpacking<'a>(&'a [u8]);

impl<'a> Unpacking<'a> {
    fn event(&mut self) -> Result<(u64, EventOutline), Unreadable> {
        let number = i64::from_be_bytes(*self.array()?).try_into()?;
        let at = time::from_bytes(*self.array()?)?;
        let operation = OperationId::from_bytes(*self.array()?);
        let tag = RecordTag::from_bytes(self.array::<{ RecordTag::LENGTH }>()?)?;
        let account = AccountId::new(self.text()?)?;
        let workspace = self.text_or_null()?.map(WorkspaceId::new).transpose()?;
        let credential = self.text_or_null()?.map(CredentialId::new).transpose()?;
        let subject = Subject::of(workspace, credential)
            .ok_or(Unreadable::because("a subject is a credential without a workspace"))?;
        Ok((number, EventOutline { operation, at, account, subject, tag }))
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Unreadable> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(array)
    }

    fn text(&mut self) -> Result<&'a str, Unreadable> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or_else(cut_off)?;
        let (text, rest) = self.0.split_at_checked(end).ok_or_else(cut_off)?;
        self.0 = rest.get(1..).unwrap_or_default();
        Ok(str::from_utf8(text)?)
    }

    fn text_or_null(&mut self) -> Result<Option<&'a str>, Unreadable> {
        Ok(Some(self.text()?).filter(|text| !text.is_empty()))
    }
}

fn cut_off() -> Unreadable {
    Unreadable::because("an event is cut off")
}

#[cfg(test)]
mod tests {
    use super::unpacked;
    use crate::domain::Subject;
    use crate::secrets::RecordTag;

    /// An event in the packed form.
    fn packed(number: i64, workspace: &str, credential: &str) -> Vec<u8> {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend(0_i64.to_be_bytes());
        bytes.extend([7; 16]);
        bytes.extend(RecordTag::NONE.to_bytes());
        bytes.extend(format!("acme\0{workspace}\0{credential}\0").bytes());
        bytes
    }

    #[test]
    fn events_are_unpacked_one_after_the_other() {
        let bytes =
            [packed(1, "", ""), packed(2, "acme/shop", ""), packed(3, "acme/shop", "0123456789ab")];
        let events = unpacked(&bytes.concat()).unwrap();
        let numbers: Vec<_> = events.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let [(_, first), (_, second), (_, third)] = &events[..] else { unreachable!() };
        assert_eq!(first.at.to_string(), "2000-01-01T00:00:00.000000Z");
        assert!(matches!(first.subject, Subject::Account));
        assert!(matches!(&second.subject, Subject::Workspace(id) if id.as_str() == "acme/shop"));
        assert!(
            matches!(&third.subject, Subject::Credential(_, id) if id.as_str() == "0123456789ab")
        );
        assert!(unpacked(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_cut_off_or_invalid_is_unreadable() {
        let whole = packed(3, "acme/shop", "0123456789ab");
        for length in 1..whole.len() {
            assert!(unpacked(&whole[..length]).is_err(), "{length}");
        }
        for bytes in [
            packed(-1, "acme/shop", ""),
            packed(1, "", "0123456789ab"),
            packed(1, "acme/shop", "short"),
            [&whole[..], &[0]].concat(),
        ] {
            assert!(unpacked(&bytes).is_err(), "{bytes:?}");
        }
    }
}
