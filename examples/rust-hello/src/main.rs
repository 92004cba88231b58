//! Quotes an order: net price, discount, tax and total in cents. The same function as node-hello and python-hello, answer for answer.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    country: String,
    items: Vec<Item>,
    /// Stands for a slow tax service.
    #[serde(default)]
    delay_ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    quantity: u64,
    unit_cents: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quote {
    country: String,
    pieces: u64,
    net_cents: u64,
    discount_cents: u64,
    tax_cents: u64,
    total_cents: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Order>) -> Result<Quote, Error> {
    let order = event.payload;
    if order.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(order.delay_ms)).await; // even a sleep of 0 takes a millisecond
    }
    let quote = quote(order)?;
    println!("quoted {} pieces for {}", quote.pieces, quote.country);
    Ok(quote)
}

fn quote(order: Order) -> Result<Quote, Error> {
    let percent = tax_percent(&order.country).ok_or_else(|| format!("no tax rate for {}", order.country))?;
    let pieces = order.items.iter().map(|item| item.quantity).sum();
    let net_cents: u64 = order.items.iter().map(|item| item.quantity * item.unit_cents).sum();
    let discount_cents = if pieces >= 10 { share(net_cents, 5) } else { 0 };
    let tax_cents = share(net_cents - discount_cents, percent);
    let total_cents = net_cents - discount_cents + tax_cents;
    Ok(Quote { country: order.country, pieces, net_cents, discount_cents, tax_cents, total_cents })
}

fn tax_percent(country: &str) -> Option<u64> {
    match country {
        "AT" => Some(20),
        "CH" => Some(8),
        "DE" => Some(19),
        "FR" => Some(20),
        _ => None,
    }
}

/// Rounded half up, in whole cents.
fn share(cents: u64, percent: u64) -> u64 {
    (cents * percent + 50) / 100
}
