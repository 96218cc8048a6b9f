//! `keyward master-key`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use keyward::MasterKey;
use tempfile::TempDir;

use crate::fixture::{command, run};

#[test]
fn a_master_key_is_made_in_a_new_file_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let attempt = || run(command(folder.path()).args(["master-key", "new.key", "--json"]), "");
    let made = attempt();
    let file = folder.path().join("new.key");
    let text = fs::read_to_string(&file).unwrap();
    let key: MasterKey = text.parse().unwrap();
    assert_eq!(made.json(0)["id"], key.id().to_string());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    made.hides(text.trim());

    let again = attempt();
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("name a file that does not exist"), "{}", again.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}
