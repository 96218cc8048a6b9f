//! The stylesheet and the script. Their names contain a hash of their content, so a browser can keep them forever.

use std::sync::LazyLock;

/// An embedded file.
#[derive(Debug)]
pub(super) struct Asset {
    file: String,
    pub(super) content_type: &'static str,
    pub(super) content: &'static str,
}

impl PartialEq for Asset {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Asset {}

pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("page", "css", "text/css; charset=utf-8", include_str!("assets/page.css"))
});

pub(super) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("page", "js", "text/javascript; charset=utf-8", include_str!("assets/page.js"))
});

impl Asset {
    fn new(name: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let hash = content_hash(content);
        Self { file: format!("{name}.{hash:016x}.{extension}"), content_type, content }
    }

    /// Returns the file name, with the hash of the content.
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// FNV-1a: tells versions of a file apart, and protects nothing.
fn content_hash(content: &str) -> u64 {
    content.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

pub(super) fn find(file: &str) -> Option<&'static Asset> {
    let assets: [&'static Asset; 2] = [&STYLE, &SCRIPT];
    assets.into_iter().find(|asset| asset.file == file)
}
