mod fields;
mod samples;
mod vectors;

use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::domain::CredentialRecord;
use crate::values::{AccountId, WorkspaceId};

use super::{Fields, Tagged};
use samples::credential;

proptest! {
    /// Reads the fields back: two records with one encoding would have the same fields.
    #[test]
    fn fields_read_back_as_they_were_written(
        written in proptest::collection::vec((any::<u8>(), any::<Vec<u8>>()), 0..8),
    ) {
        let fields = written.iter().fold(Fields::default(), |fields, (number, content)| {
            fields.bytes(*number, content)
        });
        let (mut rest, mut read) = (&fields.0[..], Vec::new());
        while let [number, a, b, c, d, content @ ..] = rest {
            let (content, behind) =
                content.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
            read.push((*number, content.to_vec()));
            rest = behind;
        }
        prop_assert_eq!(read, written);
    }

    /// Adjacent texts have different encodings if they are split at different places.
    #[test]
    fn adjacent_texts_are_kept_apart(texts in proptest::array::uniform4("[ab]{1,3}")) {
        let [one, two, three, four] = &texts;
        let with = |account: &str, workspace: &str| CredentialRecord {
            account: AccountId::new(account).unwrap(),
            workspace: WorkspaceId::new(workspace).unwrap(),
            ..credential()
        };
        let same = with(one, two).encoding() == with(three, four).encoding();
        prop_assert_eq!(same, one == three && two == four);
    }
}
