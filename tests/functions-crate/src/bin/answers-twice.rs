//! Posts each answer twice; the second answer of one invocation says what status the first duplicate got.

use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    let mut duplicate = 0;
    loop {
        let invocation = api.next_event();
        api.respond(&invocation.request_id, format!(r#"{{"statusOfDuplicate":{duplicate}}}"#).as_bytes());
        duplicate = api.respond(&invocation.request_id, br#""second""#);
        println!("duplicate: {duplicate}");
    }
}
