//! `keyward import`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use keyward::kind::KindWord;
use keyward::manage::{Credential, CredentialFilter, CredentialStatus, Owner};
use keyward::scope::Scopes;
use keyward::store::PageItem;
use keyward::{App, Attempt, CredentialId, Name};
use serde_json::{Value, json};

use crate::fixture::{Ended, Fixture, admin, run, shop};
use crate::test_store::{DATABASES, Kind, block_on};

/// A key of the old service, and its SHA-256: `printf old_7RkDq0vXbT2mWc9JzLpY | sha256sum`.
const KEY: &str = "old_7RkDq0vXbT2mWc9JzLpY";
const HASH: &str = "dd15ec3e469016db15918f2300c5e7d5ac2e4701d6aa0b75bc4b5e9a40d61cf1";

/// Imports this input from a file, and returns a JSON line for each row and one for the totals.
fn import(fixture: &Fixture, options: &str, file: &str, input: &str) -> Ended {
    fixture.write_secret(file, input);
    fixture.run(&format!("import --as support-7 --json{options} {file}"), "")
}

fn lines(ended: &Ended, code: i32) -> Vec<Value> {
    ended.text(code).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The outcome of each row, or the code of its refusal, by its line.
fn outcomes(lines: &[Value]) -> Vec<(u64, &str)> {
    let (_, rows) = lines.split_last().unwrap();
    let word = |row: &Value, field: &str| row[field].as_str().map(str::to_owned);
    rows.iter()
        .map(|row| {
            let code = row["code"].as_str().or(row["outcome"].as_str()).unwrap();
            assert_eq!(word(row, "reason").is_some(), row["outcome"] == "refused", "{row}");
            (row["line"].as_u64().unwrap(), code)
        })
        .collect()
}

fn credential(fixture: &Fixture, id: &Value) -> Credential {
    let id: CredentialId = id.as_str().unwrap().parse().unwrap();
    block_on(fixture.keyward.manager(&admin()).credential(id)).unwrap()
}

/// The names of the App keys of the workspace.
fn names(fixture: &Fixture) -> Vec<String> {
    let filter = CredentialFilter::new().workspace(shop()).kind(KindWord::App);
    let page = block_on(fixture.keyward.manager(&admin()).credentials(filter)).unwrap();
    let mut names: Vec<_> =
        page.items.into_iter().filter_map(PageItem::record).map(|it| it.name.to_string()).collect();
    names.sort();
    names
}

/// The actions of the history with this word.
fn events(fixture: &Fixture, word: &str) -> Vec<Value> {
    let history = fixture.run("export acme --as support-7", "");
    let events = history.text(0).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["action"]["is"] == word).collect()
}

#[test]
fn rows_of_csv_are_imported_after_a_dry_run_that_writes_nothing() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let _ = fixture.app_key("taken");
        let other = "1".repeat(64);
        let input = format!(
            "account,workspace,name,format,hash,matching\n\
             acme,acme/shop,Backend,old,{HASH},\n\
             acme,acme/shop,Taken,old,{other},\n\
             acme,acme/shop,\"Billing, EU\",laravel-sanctum,{HASH},17\n"
        );
        let tried = import(&fixture, " --dry-run", "old.csv", &input);
        let previewed = lines(&tried, 3);
        assert_eq!(names(&fixture), ["taken"], "a dry run writes nothing");
        let ended = import(&fixture, "", "old.csv", &input);
        let imported = lines(&ended, 3);
        assert_eq!(outcomes(&imported), [(2, "imported"), (3, "name_taken"), (4, "imported")]);
        assert_eq!(previewed[..3], imported[..3], "a dry run has the same outcomes");
        let totals = |is_dry_run| {
            json!({ "is_dry_run": is_dry_run, "imported": 2, "already_imported": 0, "skipped": 0,
                "refused": 1 })
        };
        assert_eq!((&previewed[3], &imported[3]), (&totals(true), &totals(false)));
        assert_eq!(names(&fixture), ["Backend", "Billing, EU", "taken"]);

        let proof = block_on(fixture.keyward.verify(&Attempt::<App>::app(KEY))).unwrap();
        assert_eq!(proof.credential().to_string(), imported[0]["credential"]);
        let events = events(&fixture, "imported");
        assert_eq!(events.len(), 1, "one transaction");
        assert_eq!(events[0]["by"]["id"], "support-7");

        let again = lines(&import(&fixture, "", "old.csv", &input), 3);
        let before = "already_imported";
        assert_eq!(outcomes(&again), [(2, before), (3, "name_taken"), (4, before)]);
        let (kept, _) = input.split_once("acme,acme/shop,Taken").unwrap();
        import(&fixture, "", "old.csv", kept).text(0);
        for ended in [tried, ended] {
            ended.hides(HASH);
            ended.hides(&other);
        }
        fixture.run("check-records", "").text(0);
    }
}

#[test]
fn a_row_of_json_keeps_what_the_other_system_knew() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let row = |name: &str, number: u32, others: Value| {
            let mut row = json!({ "account": "acme", "workspace": "acme/shop", "name": name,
                "format": "old", "hash": format!("{number:064}") });
            row.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
            row
        };
        let rows = [
            row(
                "full",
                1,
                json!({ "kind": "app", "matching": null, "created": "2020-01-01T00:00:00Z",
                "last_used": "2021-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z",
                "disabled": true, "scopes": ["read:people"], "networks": ["203.0.113.0/24"],
                "labels": { "env": "live" }, "owner": "bo@acme.test" }),
            ),
            row("plain", 2, json!({})),
            row(
                "empty",
                3,
                json!({ "expires": null, "last_used": null, "disabled": false, "scopes": [],
                "networks": "any", "labels": {}, "owner": null }),
            ),
        ];
        let input = rows.map(|row| row.to_string()).join("\n\n");
        let imported = lines(&import(&fixture, "", "old.jsonl", &input), 0);
        assert_eq!(
            outcomes(&imported),
            [(1, "imported"), (3, "imported"), (5, "imported")],
            "an empty line is no row"
        );
        let [full, plain, empty] =
            [0, 1, 2].map(|row| credential(&fixture, &imported[row]["credential"]));
        assert_eq!(full.created, "2020-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(full.last_used, Some("2021-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(full.expires, Some("2099-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(full.status, CredentialStatus::Suspended);
        assert_eq!(full.scopes.to_string(), "read:people");
        assert_eq!(full.networks.as_ref().unwrap().to_string(), "203.0.113.0/24");
        assert_eq!(full.labels.get("env"), Some("live"));
        assert_eq!(full.owner, Owner::Member { id: "bo@acme.test".parse().unwrap() });
        for one in [&plain, &empty] {
            assert_eq!((one.expires, one.last_used), (None, None));
            assert_eq!(one.status, CredentialStatus::Active);
            assert!(one.networks.is_none() && one.labels.is_empty());
            assert!(one.owner.is_account());
        }
        assert_eq!(plain.scopes, Scopes::All);
        assert_eq!(empty.scopes, Scopes::none());
    }
}

/// An absent expiry is the account's default, and an empty cell is no expiry.
#[test]
fn an_absent_column_is_not_an_empty_cell() {
    let fixture = Fixture::new(DATABASES[0]);
    let change = keyward::manage::PolicyChange::new().default_expiry_seconds(86_400 * 36_500);
    block_on(fixture.keyward.manager(&admin()).set_policy(&change)).unwrap();
    let head = "account,workspace,name,format,hash";
    let row = |name: &str, number: u32| format!("acme,acme/shop,{name},old,{number:064}");
    let absent = format!("{head}\n{}\n", row("absent", 1));
    let empty = format!(
        "{head},expires,scopes,networks,disabled,label.env,label.team,owner\n\
         {},,none,203.0.113.0/24 2001:db8::/32,true,live,,\n",
        row("empty", 2)
    );
    let absent = lines(&import(&fixture, "", "old.csv", &absent), 0);
    let empty = lines(&import(&fixture, "", "old.csv", &empty), 0);
    assert!(credential(&fixture, &absent[0]["credential"]).expires.is_some());
    let empty = credential(&fixture, &empty[0]["credential"]);
    assert_eq!((empty.expires, empty.status), (None, CredentialStatus::Suspended));
    assert_eq!(empty.scopes, Scopes::none());
    assert_eq!(empty.networks.unwrap().as_slice().len(), 2);
    assert_eq!(empty.labels.as_slice().len(), 1);

    for (column, why) in [
        ("scopes", "give a list of names, `all` or `none`"),
        ("networks", "give a list of networks, or `any`"),
        ("disabled", "neither true nor false"),
        ("workspace", "`workspace` is empty"),
    ] {
        let other = if column == "workspace" { "owner" } else { "workspace" };
        let input = format!(
            "account,name,format,hash,{other},{column}\nacme,one,old,{:064},acme/shop,\n",
            3
        );
        let refused = lines(&import(&fixture, "", "old.csv", &input), 3);
        assert_eq!(outcomes(&refused), [(2, "unreadable_row")]);
        assert!(refused[0]["reason"].as_str().unwrap().contains(why), "{}", refused[0]);
    }
}

#[test]
fn each_row_that_cannot_be_read_is_refused_and_says_why() {
    let fixture = Fixture::new(DATABASES[0]);
    let good = json!({ "account": "acme", "workspace": "acme/shop", "name": "one", "format": "old",
        "hash": HASH });
    let with = |field: &str, value: Value| {
        let mut row = good.clone();
        row[field] = value;
        row.to_string()
    };
    let without = |field: &str| {
        let mut row = good.clone();
        row.as_object_mut().unwrap().remove(field);
        row.to_string()
    };
    let mut sanctum = good.clone();
    sanctum["format"] = json!("laravel-sanctum");
    sanctum["matching"] = json!("1|7");
    let doubled = good.to_string().replacen('{', r#"{"name":"two","#, 1);
    let rows = [
        (with("expiry", json!("never")), "unknown field `expiry`"),
        (with(HASH, json!(1)), "name is not shown"),
        (without("account"), "`account` is missing"),
        (with("hash", json!(null)), "`hash` is empty"),
        (with("hash", json!([HASH])), "`hash` is not a text"),
        (with("name", json!(HASH)), "`name` is the same as `hash`"),
        (with("name", json!("")), "`name`: "),
        (with("kind", json!("track")), "of the kind `app`"),
        (with("created", json!(0)), "`created` is not a text"),
        (with("last_used", json!("yesterday")), "`last_used`: "),
        (with("expires", json!("2030-01-31")), "`expires`: "),
        (with("disabled", json!(0)), "`disabled` is neither true nor false"),
        (with("disabled", json!(null)), "`disabled` is neither true nor false"),
        (with("scopes", json!(null)), "`scopes`: "),
        (with("scopes", json!([HASH, 1])), "`scopes`: "),
        (with("networks", json!([])), "`networks`: "),
        (with("labels", json!(null)), "`labels` is not an object"),
        (with("labels", json!({ "a b": HASH })), "`labels`: "),
        (with("owner", json!({ "is": HASH })), "`owner` is not a text"),
        (doubled, "each field once"),
        (format!("[{good}]"), "not a JSON object"),
        (format!("\"{HASH}\""), "not a JSON object"),
        (format!("{{\"hash\": {HASH}}}"), "not JSON, at column"),
        (with("scopes", json!(["read:nothing"])), "scope"),
        (with("workspace", json!("acme/other")), "create it in the service first"),
        (with("account", json!("other")), "create it in the service first"),
        (with("format", json!("unknown")), "declared: `old`, `laravel-sanctum`, `peppered`"),
        (with("matching", json!("17")), "have no part that must match"),
        (with("format", json!("laravel-sanctum")), "and the row has none"),
        (sanctum.to_string(), "no key of the format can have"),
        (with("networks", json!(["203.0.113.0/99"])), "from 1 to 32 for IPv4"),
        (good.to_string(), ""),
    ];
    let input = rows.clone().map(|(row, _)| row).join("\n");
    let ended = import(&fixture, "", "old.ndjson", &input);
    let refused = lines(&ended, 3);
    ended.hides(HASH);
    let order: Vec<_> = outcomes(&refused).into_iter().map(|(line, _)| line).collect();
    assert!(order.is_sorted(), "{order:?}");
    for (number, (_, why)) in (1_u64..).zip(rows) {
        let line = refused.iter().find(|line| line["line"] == number).unwrap();
        if why.is_empty() {
            assert_eq!((&line["outcome"], &line["name"]), (&"imported".into(), &"one".into()));
        } else {
            assert_eq!(line["outcome"], "refused");
            assert!(line["reason"].as_str().unwrap().contains(why), "{line}: {why}");
        }
    }
    assert_eq!(names(&fixture), ["one"]);
    let text = fixture.run("import --as support-7 old.ndjson", "");
    assert!(text.text(3).contains("line 7: refused: `name`"), "{}", text.out);
    assert!(text.out.contains("line 8 \"one\": refused: "), "{}", text.out);
    assert!(text.out.ends_with("Imported before: 1. Skipped: 0. Refused: 31.\n"), "{}", text.out);
}

/// Nothing is imported, because the rest of the input can be misread.
#[test]
fn an_input_with_a_wrong_syntax_imports_nothing() {
    let fixture = Fixture::new(DATABASES[0]);
    let head = "account,workspace,name,format,hash";
    let row = format!("acme,acme/shop,one,old,{HASH}");
    for (input, why) in [
        (format!("{head},expiry\n{row},\n"), "line 1: column 6 `expiry` is unknown"),
        (
            format!("{head}\n{row}\n").replace(',', ";"),
            "line 1: the columns are separated by commas: export",
        ),
        (format!("{head}\n").replace(',', "\t"), "the columns are separated by commas"),
        ("\"name\";\"hash\"\n".to_owned(), "the columns are separated by commas"),
        (format!("{head},labels\n{row},\n"), "column 6 `labels` is unknown"),
        (format!("{head},name\n{row},two\n"), "column 6 `name` appears twice"),
        (format!("{row}\n{row}\n"), "line 1: column 1 `acme` is unknown"),
        (format!("{HASH},name\n{row}\n"), "column 1 whose name is not shown"),
        (format!("{head}\n{row}\n{row},x\n"), "line 3: the row has 6 cells"),
        // The quote is never closed, and swallows the other row.
        (
            format!("{head}\nacme,acme/shop,one,old,\"{HASH}\n{row}\n"),
            "line 2: a cell has a line break: close its quote",
        ),
    ] {
        let refused = import(&fixture, "", "old.csv", &input);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
        assert!(refused.err.contains(why) && refused.err.contains("nothing was imported"));
        refused.hides(HASH);
    }
    fs::write(fixture.path("old.csv"), [head.as_bytes(), b"\nacme,\xff,a,b,c\n"].concat()).unwrap();
    let refused = fixture.run("import --as support-7 old.csv", "");
    assert!(refused.err.contains("line 2: the row is not UTF-8"), "{}", refused.err);
    assert_eq!(names(&fixture), [""; 0]);

    fixture.write_secret("old.txt", &format!("{head}\n{row}\n"));
    let unknown = fixture.run("import --as support-7 old.txt", "");
    assert!(unknown.code == 2 && unknown.err.contains("--syntax"), "{}", unknown.err);
    fs::set_permissions(fixture.path("old.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = fixture.run("import --as support-7 --syntax csv old.txt", "");
    assert!(open.code == 2 && open.err.contains("chmod 600 old.txt"), "{}", open.err);
    let none = import(&fixture, "", "old.csv", head);
    assert_eq!(lines(&none, 4)[0]["imported"], 0);
}

/// Rows of two workspaces and rows that cannot be read, in turn.
#[test]
fn outcomes_have_the_order_of_the_lines_and_name_the_lines_of_other_rows() {
    let fixture = Fixture::new(DATABASES[0]);
    let hash = |number: u32| format!("{number:064}");
    let input = format!(
        "account,workspace,name,format,hash\n\
         acme,acme/other,one,old,{}\n\
         acme,acme/shop,one,old,{}\n\
         acme,acme/shop,,old,{}\n\
         acme,acme/other,two,old,{}\n\
         acme,acme/shop,One,old,{}\n\
         acme,acme/shop,two,old,{}\n\
         acme,acme/shop,\u{43e}ne,old,{}\n",
        hash(1),
        hash(2),
        hash(3),
        hash(4),
        hash(5),
        hash(2),
        hash(6),
    );
    for options in [" --dry-run", ""] {
        let imported = lines(&import(&fixture, options, "old.csv", &input), 3);
        let expected = [
            (2, "workspace_not_found"),
            (3, "imported"),
            (4, "unreadable_row"),
            (5, "workspace_not_found"),
            (6, "name_taken"),
            (7, "same_key"),
            (8, "looks_alike"),
        ];
        assert_eq!(outcomes(&imported), expected);
        for row in [4, 5, 6] {
            let reason = imported[row]["reason"].as_str().unwrap();
            assert!(reason.ends_with("(the other is in line 3)"), "{reason}");
        }
    }
    // Now the key and the name are those of a credential.
    let again = lines(&import(&fixture, "", "old.csv", &input), 3);
    assert!(
        again[4]["reason"].as_str().unwrap().ends_with("(the other is in line 3)"),
        "{}",
        again[4]
    );
    let id = again[1]["credential"].as_str().unwrap().parse().unwrap();
    block_on(fixture.keyward.manager(&admin()).rename(id, Name::new("Billing").unwrap())).unwrap();
    let renamed = fixture.run("import --as support-7 old.csv", "");
    let shown = format!("line 3 \"one\": imported before as {id}, whose name is now \"Billing\"\n");
    assert!(renamed.text(3).contains(&shown), "{}", renamed.out);
    let renamed = lines(&import(&fixture, "", "old.csv", &input), 3);
    assert_eq!(renamed[1]["current_name"], "Billing");
}

/// The columns were confused, and the text is of a row that is refused.
#[test]
fn a_name_that_reads_as_a_hash_or_a_key_is_not_shown() {
    let fixture = Fixture::new(DATABASES[0]);
    let bcrypt = "$2b$04$PnGa0EpjpemROX6IbnXtfu";
    let base64 = "ujKo8Q2mVY-bW3eJ0r-TzX5nL_pE1sGd4-hA6cFi7_k";
    for secret in [HASH, KEY, bcrypt, base64, "5f4dcc3b5aa765d61d8327deb882cf99"] {
        let input =
            format!("account,workspace,hash,format,name\nacme,acme/shop,one,old,{secret}\n");
        let ended = import(&fixture, "", "old.csv", &input);
        let refused = lines(&ended, 3);
        assert_eq!(
            (outcomes(&refused), &refused[0]["name"]),
            (vec![(2, "unreadable_hash")], &Value::Null)
        );
        ended.hides(secret);
        let text = fixture.run("import --as support-7 old.csv", "");
        assert!(text.text(3).contains("line 2 (its name is not shown, because"), "{}", text.out);
        text.hides(secret);
    }
    let plain = "production-backend-eu-west-1";
    let input = format!("account,workspace,hash,format,name\nacme,acme/shop,one,old,{plain}\n");
    assert_eq!(lines(&import(&fixture, "", "old.csv", &input), 3)[0]["name"], plain);
}

#[test]
fn rows_come_from_standard_input() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        // With the byte order mark and the line ends of a spreadsheet.
        let input = format!(
            "\u{feff}account,workspace,hash,format,name\r\n\r\nacme,acme/shop,{HASH},old,one\r\n\
             acme,acme/shop,{HASH},old,\"two\tcolumns\"\r\n\r\nacme,acme/shop,\"{HASH}\",old,\"one\""
        );
        let ended = fixture.run("import --as support-7 --syntax csv -", &input);
        assert!(ended.text(3).contains("line 3 \"one\": imported as "), "{}", ended.out);
        assert!(ended.out.contains("line 4: refused: `name`: "), "{}", ended.out);
        assert!(ended.out.contains("line 6 \"one\": refused: another row"), "{}", ended.out);
        ended.hides(HASH);
        let mut twice = fixture.command("import --as support-7 --syntax csv -");
        let refused = run(twice.args(["--master-keys", "-"]), &input);
        assert!(refused.code == 2 && refused.err.contains("read twice"), "{}", refused.err);
        refused.hides(HASH);
    }
}

#[test]
fn a_transaction_has_at_most_a_thousand_rows() {
    let fixture = Fixture::new(Kind::Sqlite);
    let rows = (1..=1_001).map(|number| format!("acme,acme/shop,{number},old,{number:064}\n"));
    // A name of the first transaction, in the second one.
    let again = format!("acme,acme/shop,7,old,{:064}\n", 1_002);
    let input = ["account,workspace,name,format,hash\n".to_owned()];
    let input: String = input.into_iter().chain(rows).chain([again]).collect();
    let tried = lines(&import(&fixture, " --dry-run", "old.csv", &input), 3);
    let imported = lines(&import(&fixture, "", "old.csv", &input), 3);
    assert_eq!(outcomes(&imported)[1_001], (1_003, "name_taken"));
    assert_eq!(tried[..1_002], imported[..1_002]);
    let events = events(&fixture, "imported");
    let numbers: Vec<_> = events.iter().map(|event| &event["action"]["credentials"]).collect();
    assert_eq!(numbers, [1, 1_000], "the newest is first");
}

#[test]
fn a_repeat_with_an_operation_id_does_not_bring_back_what_was_deleted() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let input = format!("account,workspace,name,format,hash\nacme,acme/shop,one,old,{HASH}\n");
        let first = lines(&import(&fixture, " --operation move-1", "old.csv", &input), 0);
        let again = lines(&import(&fixture, " --operation move-1", "old.csv", &input), 0);
        assert_eq!(outcomes(&again), [(2, "already_imported")]);
        let id: CredentialId = first[0]["credential"].as_str().unwrap().parse().unwrap();
        let name = Name::new("one").unwrap();
        block_on(fixture.keyward.manager(&admin()).delete(id, name.as_str())).unwrap();
        for options in [" --operation move-1 --dry-run", " --operation move-1"] {
            let skipped = lines(&import(&fixture, options, "old.csv", &input), 3);
            assert_eq!(outcomes(&skipped), [(2, "skipped")]);
        }
        let back = lines(&import(&fixture, "", "old.csv", &input), 0);
        assert_eq!(outcomes(&back), [(2, "imported")]);
    }
}

#[test]
fn the_limit_of_the_service_applies() {
    let fixture = Fixture::new(DATABASES[0]);
    let settings = fs::read_to_string(fixture.path("settings.json")).unwrap();
    let limit = r#""credentials_per_workspace": "#;
    let lower = settings.replace(&format!("{limit}100000"), &format!("{limit}2"));
    assert_ne!(lower, settings);
    fs::write(fixture.path("settings.json"), lower).unwrap();
    let input = format!(
        "account,workspace,name,format,hash\n\
         acme,acme/shop,one,old,{HASH}\nacme,acme/shop,two,old,{:064}\n",
        2
    );
    // The workspace was created with a Track set.
    let imported = lines(&import(&fixture, "", "old.csv", &input), 3);
    assert_eq!(outcomes(&imported), [(2, "imported"), (3, "too_many")]);
}

#[test]
fn an_imported_key_is_traced_unless_only_the_service_can_look_it_up() {
    let fixture = Fixture::new(DATABASES[0]);
    let input = format!(
        "account,workspace,name,format,hash\n\
         acme,acme/shop,one,old,{HASH}\nacme,acme/shop,two,peppered,{HASH}\n"
    );
    let imported = lines(&import(&fixture, "", "old.csv", &input), 0);
    let traced = fixture.run("trace --as support-7 --json", KEY);
    assert_eq!(traced.json(0)["credential"], imported[0]["credential"]);
    traced.hides(KEY);
    let peppered = KEY.replace("old_", "pep_");
    let unknown = fixture.run("trace --as support-7 --json", &peppered);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""), "{}", unknown.err);
    assert!(unknown.err.contains("`peppered`, which only the service"), "{}", unknown.err);
    unknown.hides(&peppered);
    assert_eq!(fixture.run("trace --as support-7", &format!("key: {peppered}")).code, 1);
    fixture.run("trace --as support-7", &KEY.replace('7', "8")).text(4);
}
