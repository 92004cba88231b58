//! Ways to end, or not to.

use serde_json::{Value, json};
use std::thread;

pub fn segfault() -> Value {
    // SAFETY: none; a fault is the purpose. Not the null pointer: the compiler may turn a write to it into an abort.
    unsafe { std::ptr::dangling_mut::<u64>().write_volatile(1) };
    json!("still here")
}

pub fn raise(signal: i32) -> Value {
    // SAFETY: raise() takes any number and reports a bad one by its result.
    json!({ "result": unsafe { libc::raise(signal) } })
}

pub fn hang() -> Value {
    // SAFETY: SIG_IGN installs no handler of ours.
    unsafe { libc::signal(libc::SIGTERM, libc::SIG_IGN) };
    loop {
        thread::park();
    }
}
