//! Needs $INIT_MS milliseconds (11,000: more than AWS gives) before it asks for its first event; /tmp/init-done makes it fast in a second try.

use std::{env, fs, thread, time::Duration};
use test_functions::RuntimeApi;

fn main() {
    let init_ms = env::var("INIT_MS").ok().and_then(|ms| ms.parse().ok()).unwrap_or(11_000);
    let again = fs::exists("/tmp/init-begun").unwrap_or(false);
    fs::write("/tmp/init-begun", "").expect("/tmp is writable");
    if !again || env::var_os("SLOW_ALWAYS").is_some() {
        thread::sleep(Duration::from_millis(init_ms));
    }
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        api.respond(&invocation.request_id, format!(r#"{{"again":{again}}}"#).as_bytes());
    }
}
