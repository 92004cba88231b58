//! Answers its first event and never asks for another: the invocation does not end.

use std::thread;
use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    let invocation = api.next_event();
    api.respond(&invocation.request_id, br#""only""#);
    loop {
        thread::park();
    }
}
