//! Reads the fuzzer's input as changes to a row.

use super::database::{ColumnValue, Row};

/// The rest of the input; it continues with zeros.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl Input<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, b""));
        self.0 = rest;
        *first
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }

    /// Returns the row with some of its columns changed.
    pub(super) fn changed(&mut self, row: &Row) -> Row {
        let mut row = row.clone();
        while !self.0.is_empty() {
            let column = usize::from(self.byte()) % row.0.len();
            row.0[column] = match self.byte() % 6 {
                0 => ColumnValue::Null,
                1 => ColumnValue::Text(String::from_utf8_lossy(&self.bytes()).into_owned()),
                2 => ColumnValue::Number(i64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
                3 => ColumnValue::Number(i64::from(self.byte())),
                4 => ColumnValue::Bytes(self.bytes()),
                _ => self.edited(&row.0[column]),
            };
        }
        row
    }

    /// Replaces one byte of a value, so that the fuzzer does not have to find long values by chance.
    fn edited(&mut self, stored: &ColumnValue) -> ColumnValue {
        let (place, byte) = (usize::from(self.byte()), self.byte());
        let edit = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            match bytes.get_mut(place) {
                Some(old) => *old = byte,
                None => bytes.push(byte),
            }
            bytes
        };
        match stored {
            ColumnValue::Null => ColumnValue::Null,
            ColumnValue::Number(number) => {
                ColumnValue::Number(number.wrapping_add(i64::from(byte)))
            }
            ColumnValue::Bytes(bytes) => ColumnValue::Bytes(edit(bytes)),
            ColumnValue::Text(text) => {
                ColumnValue::Text(String::from_utf8_lossy(&edit(text.as_bytes())).into_owned())
            }
        }
    }
}
