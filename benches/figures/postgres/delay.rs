//! A distant network: a forwarder in front of the server that delays each message.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Forwards connections to the server and delays every byte by `one_way` in each direction. Later bytes do not wait for earlier
/// ones, so only the round trip grows and not the throughput. Returns the port. The forwarder ends with the process.
///
/// Threads and not tasks, because the timers of tokio round up to a millisecond.
pub(super) fn forward(server: u16, one_way: Duration) -> Result<u16, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
            for (from, to) in [(&near, &far), (&far, &near)] {
                let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { continue };
                thread::spawn(move || delay(from, to, one_way));
            }
        }
    });
    Ok(port)
}

fn delay(mut from: TcpStream, mut to: TcpStream, one_way: Duration) {
    let (arrived, waiting) = mpsc::channel::<(Instant, Vec<u8>)>();
    let sending = thread::spawn(move || {
        to.set_nodelay(true).ok();
        for (due, bytes) in waiting {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    });
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..read).unwrap_or_default().to_vec();
        if arrived.send((Instant::now() + one_way, bytes)).is_err() {
            break;
        }
    }
    drop(arrived);
    sending.join().ok();
}
