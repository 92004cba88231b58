//! Works through the messages of a queue as their bodies say, and tells a service of the host, line by line, what it has got.
//!
//! Body: {"ms": 5} takes its time, {"fail": true} fails the batch, {"item": true} fails alone, {"answer": …} is what the function answers.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(work)).await
}

async fn work(event: LambdaEvent<SqsEvent>) -> Result<Value, Error> {
    let context = &event.context;
    let (arn, version) = (&context.invoked_function_arn, &context.env_config.version);
    tell(&json!({ "requestId": context.request_id, "arn": arn, "version": version, "event": event.payload }))?;
    let mut failures = Vec::new();
    let mut answer = None;
    for record in &event.payload.records {
        let body = record.body.as_deref().unwrap_or_default();
        let order: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        if let Some(ms) = order["ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        if order["fail"] == true {
            return Err("as asked".into());
        }
        if order["item"] == true {
            failures.push(json!({ "itemIdentifier": record.message_id }));
        }
        answer = order.get("answer").cloned().or(answer);
    }
    Ok(answer.unwrap_or(json!({ "batchItemFailures": failures })))
}

/// Kept open, as functions keep theirs to a database.
static SINK: Mutex<Option<TcpStream>> = Mutex::new(None);

/// In one write: a `Value` written straight into a socket is a call of the kernel per token. Without SINK nobody wants to hear it.
fn tell(what: &Value) -> Result<(), Error> {
    let Ok(address) = std::env::var("SINK") else {
        return Ok(());
    };
    let line = format!("{what}\n");
    let mut kept = SINK.lock().map_err(|error| error.to_string())?;
    if let Some(sink) = kept.as_mut()
        && sink.write_all(line.as_bytes()).is_ok()
    {
        return Ok(());
    }
    let mut sink = TcpStream::connect(address)?;
    sink.set_nodelay(true)?;
    sink.write_all(line.as_bytes())?;
    *kept = Some(sink);
    Ok(())
}
