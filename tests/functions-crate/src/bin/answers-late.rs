//! Answers 2 s after the event came: with a timeout of 1 s always too late, and into the next invocation if the environment still lives.

use std::{thread, time::Duration};
use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        thread::sleep(Duration::from_secs(2));
        let status = api.respond(&invocation.request_id, br#""late""#);
        println!("late: {status}");
    }
}
