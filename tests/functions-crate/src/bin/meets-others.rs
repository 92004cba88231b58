//! Asks the AWS endpoint something, tells the service at the event's address that it is here, and answers once the service has a word for it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use test_functions::RuntimeApi;

fn main() {
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        let event: Value = serde_json::from_slice(&invocation.payload).expect("an event");
        let endpoint = std::env::var("AWS_ENDPOINT_URL").expect("AWS_ENDPOINT_URL is set");
        let address = endpoint.strip_prefix("http://").expect("an http address");
        let status = ask(address, "GET /_lambent/health HTTP/1.1\r\nhost: lambent\r\n\r\n");
        let word = ask(event["address"].as_str().expect("an address"), "here\n");
        api.respond(&invocation.request_id, json!({ "status": status, "word": word }).to_string().as_bytes());
    }
}

/// The first line of the answer.
fn ask(address: &str, question: &str) -> String {
    let mut connection = BufReader::new(TcpStream::connect(address).expect("it listens"));
    connection.get_mut().write_all(question.as_bytes()).expect("it reads");
    let mut line = String::new();
    connection.read_line(&mut line).expect("it answers");
    line.trim_end().to_owned()
}
