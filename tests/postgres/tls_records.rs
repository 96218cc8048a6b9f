//! Each message fits in one record of TLS. The driver writes each record to the socket by itself and leaves Nagle's algorithm on,
//! so the end of a longer message would wait until the server acknowledges its beginning.

use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::{CredentialStore, NetworkUse, Use};
use keyward::{CredentialId, GenerationNumber, time::Timestamp};

use crate::harness::{Postgres, RUNTIME, patient};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::server::URL;

/// The maximum length of a record: RFC 8446, section 5.1.
const RECORD: usize = 16_384;

#[test]
fn a_message_of_uses_or_networks_fits_in_a_record_of_tls() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let options = patient(&harness.schema()).connections(1);
        let store = options.connect(&proxy.url("keyward")).await.unwrap();
        let at: Timestamp = "2030-03-17T17:46:40Z".parse().unwrap();
        let older_than = at.saturating_sub(Duration::from_secs(10));
        let generation = GenerationNumber::FIRST;
        let uses = |credential| Use { credential, generation, at, older_than };
        let uses: Vec<_> = ids().map(uses).collect();
        let network = "ffff:ffff:ffff::/48".parse().unwrap();
        let seen =
            |credential| NetworkUse { credential, network, day: "2030-03-17".parse().unwrap() };
        let seen: Vec<_> = ids().map(seen).collect();

        proxy.listen();
        store.record_uses(&uses).await.unwrap();
        let (statements, longest) = (executed(&proxy), proxy.longest());
        // No more statements than necessary, and no less.
        assert!(statements <= 5 && longest > RECORD / 2, "{statements} statements");
        assert!(longest <= RECORD, "uses: {longest} bytes");
        proxy.listen();
        store.record_networks(&seen).await.unwrap();
        assert!(proxy.longest() <= RECORD, "networks: {} bytes", proxy.longest());
        store.close().await;
    });
}

fn executed(proxy: &Proxy) -> usize {
    proxy.sent().iter().filter(|sent| **sent == Sent::Execute).count()
}

/// More ids than fit in a message.
fn ids() -> impl Iterator<Item = CredentialId> {
    (0..2_000).map(|number| CredentialId::new(format!("{number:012}")).unwrap())
}
