//! Answers with a JSON string of as many bytes, quotes included, as the event {"bytes":N} says.

use serde_json::Value;
use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        let event: Value = serde_json::from_slice(&invocation.payload).expect("JSON");
        let bytes = event["bytes"].as_u64().unwrap_or(2) as usize;
        let status = api.respond(&invocation.request_id, format!("\"{}\"", "x".repeat(bytes - 2)).as_bytes());
        println!("response: {status}");
    }
}
