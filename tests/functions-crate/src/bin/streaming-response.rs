//! Streams its answer in chunks. Event: {"chunks":N, "bytes":N, "delayMs":N, "http":bool, "fail":bool, "mode":"streaming",
//! "last":"exit"|"hang"}; `fail` ends it with error trailers; `last` is what it does instead of ending it.

use serde_json::Value;
use std::{thread, time::Duration};
use test_functions::RuntimeApi;

const ERROR_TYPE: &str = "Function.StreamBroke";
// {"errorMessage":"the stream broke","errorType":"Function.StreamBroke","stackTrace":[]}
const ERROR_BODY_BASE64: &str =
    "eyJlcnJvck1lc3NhZ2UiOiJ0aGUgc3RyZWFtIGJyb2tlIiwiZXJyb3JUeXBlIjoiRnVuY3Rpb24uU3RyZWFtQnJva2UiLCJzdGFja1RyYWNlIjpbXX0=";

fn main() {
    let mut api = RuntimeApi::connect();
    loop {
        let invocation = api.next_event();
        let event: Value = serde_json::from_slice(&invocation.payload).expect("JSON");
        stream(&mut api, &invocation.request_id, &event);
    }
}

fn stream(api: &mut RuntimeApi, request_id: &str, event: &Value) {
    let mode = event["mode"].as_str().unwrap_or("streaming");
    let http = event["http"].as_bool().unwrap_or(false);
    let content_type = if http { "application/vnd.awslambda.http-integration-response" } else { "application/octet-stream" };
    api.send(&head(request_id, mode, content_type), b"");
    if http {
        chunk(api, b"{\"statusCode\":201,\"headers\":{\"x-made-by\":\"streaming-response\"},\"cookies\":[]}\0\0\0\0\0\0\0\0");
    }
    for n in 0..event["chunks"].as_u64().unwrap_or(3) {
        thread::sleep(Duration::from_millis(event["delayMs"].as_u64().unwrap_or(0)));
        let text = format!("chunk {n}\n");
        let bytes = event["bytes"].as_u64().map_or(text.len(), |bytes| bytes as usize);
        chunk(api, text.bytes().cycle().take(bytes).collect::<Vec<_>>().as_slice());
    }
    match event["last"].as_str() {
        Some("exit") => std::process::exit(3),
        Some("hang") => loop {
            thread::sleep(Duration::from_secs(60));
        },
        _ => {}
    }
    api.send(&end(event["fail"].as_bool().unwrap_or(false)), b"");
    println!("streamed: {}", api.receive().0);
}

fn head(request_id: &str, mode: &str, content_type: &str) -> String {
    format!(
        "POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\nhost: lambda\r\ncontent-type: {content_type}\r\n\
         lambda-runtime-function-response-mode: {mode}\r\ntransfer-encoding: chunked\r\n\
         trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
    )
}

fn chunk(api: &mut RuntimeApi, bytes: &[u8]) {
    api.send(&format!("{:x}\r\n", bytes.len()), bytes);
    api.send("\r\n", b"");
}

fn end(failed: bool) -> String {
    if !failed {
        return "0\r\n\r\n".to_owned();
    }
    format!("0\r\nlambda-runtime-function-error-type: {ERROR_TYPE}\r\nlambda-runtime-function-error-body: {ERROR_BODY_BASE64}\r\n\r\n")
}
