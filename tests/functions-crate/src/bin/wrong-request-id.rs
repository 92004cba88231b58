//! Answers for a request id that was never handed out, then for the right one with the status that the wrong one got.

use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        let status = api.respond("00000000-0000-4000-8000-000000000000", br#""wrong""#);
        api.respond(&invocation.request_id, format!(r#"{{"statusOfWrong":{status}}}"#).as_bytes());
    }
}
