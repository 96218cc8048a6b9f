//! The statements of the suite, from the log of the driver.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};
use std::sync::Mutex;

use keyward::conformance::{self, Harness};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Runs the suite over stores whose driver logs, and returns each statement on Keyward's tables once. Cases that only
/// repeat the same statements are left out.
pub fn statements<H: Harness + Default>() -> BTreeSet<String> {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(StatementLayer))
        .unwrap();
    let harness = H::default();
    let more_of_the_same = ["histories", "racing", "many", "largest", "longest"];
    for case in conformance::cases::<H>() {
        if !more_of_the_same.iter().any(|word| case.name.contains(word)) {
            (case.run)(&harness);
        }
    }
    let logged = std::mem::take(&mut *LOGGED.lock().unwrap());
    let words = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let logged: BTreeSet<_> = logged
        .into_iter()
        .filter(|text| words.iter().any(|word| text.starts_with(word)))
        .filter(|text| text.contains("keyward_") && !text.contains("keyward_migrations"))
        .collect();
    // If the log were not captured, nothing would be tested.
    assert!(logged.len() > 30, "{}", logged.len());
    logged
}

/// Returns `true` if a statement names the owner of its rows. Then a bare range of an index is not enough: it would
/// read the rows of all other owners.
pub fn names_an_owner(text: &str) -> bool {
    ["account", "workspace", "credential"]
        .iter()
        .any(|owner| text.contains(&format!("{owner} = $")))
}

/// The names beyond ASCII of a workspace and kind are found without a look at the others.
pub fn assert_few_names(text: &str, plan: &[String]) {
    let owner = text.contains("workspace = $") && text.contains("kind = $");
    if owner && text.contains(" <> length(c.name_key)") {
        let by_index = plan.iter().any(|step| step.contains("keyward_credentials_beyond_ascii"));
        assert!(by_index, "{text}\n{}", plan.join("\n"));
    }
}

/// Names with a beginning are one range of an index, and the range has an end.
pub fn assert_one_range(text: &str, plan: &[String]) {
    if text.contains("c.name_key < $") && names_an_owner(text) {
        let ends = |step: &String| step.replace(' ', "").contains("name_key<");
        assert!(plan.iter().any(ends), "{text}\n{}", plan.join("\n"));
    }
}

/// What one member of an account owns is found without a look at what others own.
pub fn assert_by_owner(text: &str, plan: &[String]) {
    if text.contains("account = $") && text.contains(" c.owner = $") {
        let by_index = plan.iter().any(|step| step.contains("keyward_credentials_of_owner"));
        assert!(by_index, "{text}\n{}", plan.join("\n"));
    }
}

static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes every statement that the driver logs.
struct StatementLayer;

impl<S: tracing::Subscriber> Layer<S> for StatementLayer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut found = Statement::default();
        event.record(&mut found);
        let text = if found.whole.is_empty() { found.summary } else { found.whole };
        if event.metadata().target() == "sqlx::query" {
            LOGGED.lock().unwrap().insert(text.trim().to_owned());
        }
    }
}

/// A short statement is its own summary.
#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl tracing::field::Visit for Statement {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
        let text = match field.name() {
            "summary" => &mut self.summary,
            "db.statement" => &mut self.whole,
            _ => return,
        };
        write!(text, "{value:?}").unwrap();
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.whole),
            _ => {}
        }
    }
}
