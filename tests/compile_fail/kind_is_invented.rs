//! There are two kinds, and no host adds a third.

enum Other {}

impl keyward::OfKind for Other {
    const KIND: keyward::Kind = keyward::Kind::App;
}

fn main() {}
