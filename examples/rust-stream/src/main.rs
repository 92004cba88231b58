//! Answers line by line while it works: what a report, a chat or a large export does.

use std::time::Duration;

use lambda_runtime::{
    Error, LambdaEvent, run, service_fn,
    streaming::{Body, Response, Sender, channel},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Report {
    lines: u32,
    pause_ms: u64,
    /// The process ends after so many lines: a stream that breaks off.
    fail_after: Option<u32>,
}

impl Default for Report {
    fn default() -> Self {
        Report { lines: 5, pause_ms: 20, fail_after: None }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

/// Returns at once; the lines follow. The invocation lasts until the last one is sent.
async fn handle(event: LambdaEvent<Report>) -> Result<Response<Body>, Error> {
    let (sender, body) = channel();
    tokio::spawn(write(event.payload, sender));
    let mut response = Response::from(body);
    response.metadata_prelude.headers.insert("content-type", "text/plain; charset=utf-8".parse()?);
    Ok(response)
}

async fn write(report: Report, mut to: Sender) {
    for line in 1..=report.lines {
        if report.fail_after.is_some_and(|lines| line > lines) {
            std::process::exit(1);
        }
        let text = format!("line {line} of {}\n", report.lines);
        if to.send_data(text.into()).await.is_err() {
            return; // the platform takes no more
        }
        tokio::time::sleep(Duration::from_millis(report.pause_ms)).await;
    }
}
