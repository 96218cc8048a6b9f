//! A site id has the same answer from a node that has its credential cached and from one that reads the store.

use keyward::kind::KindWord;

use crate::support::block_on;
use crate::support::nodes::{BOUND, Nodes};
use crate::support::revocation::Revocation;

#[test]
fn a_cached_site_id_is_answered_as_an_uncached_one() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (changing, hearing) = (nodes.node(), nodes.node());
        let cached = [&changing, &hearing];
        let key = nodes.warm_key_before(1, KindWord::Track, Some(revocation), &cached);
        for node in cached {
            assert!(block_on(node.site(key.id)).unwrap().unwrap().is_usable);
        }
        block_on(revocation.carry_out(&changing, &key)).unwrap();
        nodes.clock.advance(BOUND);
        let uncached = block_on(nodes.node().site(key.id)).unwrap();
        for node in cached {
            assert_eq!(block_on(node.site(key.id)).unwrap(), uncached);
        }
        let is_deleted = matches!(revocation, Revocation::Delete | Revocation::RemoveWorkspace);
        assert_eq!(uncached.is_none(), is_deleted);
    }
}
