//! An attempt on the App API gives no proof for the Track API.

use keyward::{Attempt, Keyward, NotVerified, Track, Verified};

async fn forge(keyward: &Keyward, token: &str) -> Result<Verified<Track>, NotVerified> {
    keyward.verify(&Attempt::app(token)).await
}

fn main() {
    let _ = forge;
}
