//! Welcomes new customers by e-mail: a queue hands it their addresses in batches.
//!
//! What could not be sent is reported by its message's id, so that the queue brings it again, and it alone.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use lettre::{Message, SmtpTransport, Transport};
use serde::Deserialize;

#[derive(Deserialize)]
struct Customer {
    name: String,
    email: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let host = std::env::var("SMTP_HOST")?;
    let port = std::env::var("SMTP_PORT")?.parse()?;
    // Without TLS: the server is on this machine, or behind the cluster's own network.
    let transport = SmtpTransport::builder_dangerous(host).port(port).build();
    run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(welcome_all(&transport, &event.payload)))).await
}

fn welcome_all(transport: &SmtpTransport, event: &SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in &event.records {
        if let Err(error) = welcome(transport, message) {
            println!("{} was not sent: {error}", message.message_id.as_deref().unwrap_or_default());
            response.add_failure(message.message_id.clone().unwrap_or_default());
        }
    }
    response
}

fn welcome(transport: &SmtpTransport, message: &SqsMessage) -> Result<(), Error> {
    let Customer { name, email } = serde_json::from_str(message.body.as_deref().unwrap_or_default())?;
    let mail = Message::builder()
        .from("Shop <shop@example.com>".parse()?)
        .to(email.parse()?)
        .subject(format!("Welcome, {name}"))
        .body(format!("Dear {name},\n\nyour account is ready.\n"))?;
    transport.send(&mail)?;
    Ok(())
}
