//! Announces an answer of 1,000 bytes, sends 10 and closes the connection; then opens a new one and takes the next event.

use test_functions::RuntimeApi;

fn main() {
    loop {
        let mut api = RuntimeApi::connect();
        let invocation = api.next_event();
        let path = format!("/2018-06-01/runtime/invocation/{}/response", invocation.request_id);
        api.send(&format!("POST {path} HTTP/1.1\r\nhost: lambda\r\ncontent-length: 1000\r\n\r\n"), br#""0123456789"#);
    }
}
