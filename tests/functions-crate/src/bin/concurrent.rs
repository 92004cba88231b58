//! Serves several invocations at one time, as Lambda Managed Instances ask for.

use lambda_runtime::{Error, LambdaEvent, run_concurrent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Barrier;

/// By the number of invocations that meet there.
type Barriers = Arc<Mutex<HashMap<usize, Arc<Barrier>>>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Work {
    sleep_ms: u64,
    /// Waits until so many are here at one time.
    meet: usize,
    fail: bool,
    exit: bool,
    print: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let barriers = Barriers::default();
    let handler = move |event: LambdaEvent<Work>| {
        let barriers = barriers.clone();
        async move { work(event, &barriers).await }
    };
    run_concurrent(service_fn(handler)).await
}

async fn work(event: LambdaEvent<Work>, barriers: &Barriers) -> Result<Value, Error> {
    let (work, request_id) = (event.payload, event.context.request_id);
    if let Some(text) = work.print {
        println!("{}", json!({ "requestId": request_id, "message": text }));
    }
    if work.exit {
        std::process::exit(3);
    }
    if work.meet > 1 {
        let barrier = barriers.lock().unwrap().entry(work.meet).or_insert_with(|| Arc::new(Barrier::new(work.meet))).clone();
        barrier.wait().await;
    }
    tokio::time::sleep(Duration::from_millis(work.sleep_ms)).await;
    if work.fail {
        return Err("asked to fail".into());
    }
    Ok(json!({ "pid": std::process::id(), "requestId": request_id }))
}
