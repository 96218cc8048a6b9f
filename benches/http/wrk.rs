//! The same measurements with `wrk` as the client, so that they do not depend on our own client.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::load::Failed;
use crate::sampling::Effort;
use crate::service::{EMAIL, Service};
use crate::table::Table;
use crate::{background, median};

/// The command line, without the script and the address.
const WRK: [&str; 4] = ["--threads", "1", "--connections", "16"];

/// Returns the number of turns, and the duration of each turn.
const fn turns(effort: Effort) -> (usize, &'static str) {
    match effort {
        Effort::Full => (9, "3s"),
        Effort::Quick => (1, "1s"),
    }
}

/// The output of one run of `wrk`.
struct Run {
    requests_per_second: f64,
    p99: f64,
}

pub(crate) fn measure(effort: Effort, service: &Service, table: &mut Table) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("keys.lua");
    std::fs::write(&script, lua(&service.tokens)?)?;
    let (turns, long) = turns(effort);
    let run = |to| run(&script, long, to);
    run(service.guarded)?; // fills the cache with every key

    let [mut layers, mut extractors, mut verifieds] = [const { Vec::new() }; 3];
    let (mut shares, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let [layer, extractor] = [service.guarded, service.extracted].map(run);
        let [verified, hand, bare] = [service.verified, service.by_hand, service.bare].map(run);
        let [layer, extractor] = [layer?.requests_per_second, extractor?.requests_per_second];
        let [hand, bare] = [hand?.requests_per_second, bare?.requests_per_second];
        layers.push(layer / hand);
        extractors.push(extractor / hand);
        verifieds.push(verified?.requests_per_second / hand);
        shares.push(layer / bare);
        by_hand.push(hand / bare);
    }
    table.ratio_at_least("wrk_requests_per_second_with_layer_to_by_hand", median(layers), 0.98);
    let extractors = median(extractors);
    table.ratio_at_least("wrk_requests_per_second_with_extractor_to_by_hand", extractors, 0.98);
    let verifieds = median(verifieds);
    table.note_ratio("wrk_requests_per_second_with_verification_to_by_hand", verifieds);
    table.note("layer_to_no_layer_in_percent", 100.0 * median(shares));
    table.note("by_hand_to_no_layer_in_percent", 100.0 * median(by_hand));

    let background = background::start(service);
    let (mut late, mut late_by_hand) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let runs = [run(service.guarded)?, run(service.by_hand)?, run(service.bare)?];
        let [with, hand, without] = runs.map(|run| run.p99);
        late.push(with / without);
        late_by_hand.push(hand / without);
    }
    let done = background.stop()?;
    table.ratio_at_most("wrk_p99_with_to_without_layer", median(late), 1.15);
    table.note("p99_by_hand_in_percent", 100.0 * median(late_by_hand));
    table.note("forged_requests_a_second_beside_it", done.forged_a_second);
    table.note("rotations_and_revocations_a_second_beside_it", done.changes_a_second);
    Ok(())
}

/// Returns a script that sends all keys in turn, and prints the results of a run on one line.
fn lua(tokens: &[String]) -> Result<String, Failed> {
    let mut script = String::from("local tokens = {\n");
    for token in tokens {
        writeln!(script, "'{token}',")?;
    }
    write!(
        script,
        "}}
local requests, place = {{}}, 0
init = function()
  for at, token in ipairs(tokens) do
    local headers = {{ ['authorization'] = 'Bearer ' .. token, ['content-type'] = 'application/json' }}
    requests[at] = wrk.format('POST', '/v1/send/email', headers, [[{EMAIL}]])
  end
end
request = function()
  place = place % #requests + 1
  return requests[place]
end
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print('RUN', summary.requests, summary.duration, latency:percentile(99), failed)
end
"
    )?;
    Ok(script)
}

fn run(script: &Path, long: &str, to: SocketAddr) -> Result<Run, Failed> {
    let mut wrk = Command::new("wrk");
    wrk.args(WRK).args(["--duration", long, "--script"]).arg(script).arg(format!("http://{to}"));
    let ran = wrk.output().map_err(|error| format!("could not run wrk: {error}"))?;
    let said = String::from_utf8(ran.stdout)?;
    let line =
        said.lines().find_map(|line| line.strip_prefix("RUN")).ok_or("wrk printed no result")?;
    let mut numbers = line.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().ok_or("a number is missing");
    let [requests, microseconds, p99, failed] = [next()??, next()??, next()??, next()??];
    if failed > 0.0 {
        return Err(format!("{failed} requests failed").into());
    }
    Ok(Run { requests_per_second: requests * 1e6 / microseconds, p99 })
}
