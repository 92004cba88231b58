//! A web server that knows nothing of Lambda: it listens on PORT, on a laptop as behind the AWS Lambda Web Adapter.

use std::convert::Infallible;
use std::time::Duration;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use tokio_stream::StreamExt;

#[derive(Deserialize)]
struct Manner {
    #[serde(default)]
    loud: bool,
}

#[derive(Serialize)]
struct Greeting {
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_string());
    let app = Router::new()
        .route("/", get(|| async { "ready\n" }))
        .route("/hello/{name}", get(hello))
        .route("/echo", post(echo))
        .route("/count", get(count));
    axum::serve(tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?, app).await
}

async fn hello(Path(name): Path<String>, Query(manner): Query<Manner>) -> Json<Greeting> {
    let text = format!("Hello, {name}!");
    Json(Greeting { text: if manner.loud { text.to_uppercase() } else { text } })
}

/// The body as it came, with a status and a cookie of its own.
async fn echo(headers: HeaderMap, body: axum::body::Bytes) -> impl IntoResponse {
    let kind = headers.get("content-type").cloned();
    let mut answer = HeaderMap::new();
    answer.insert(SET_COOKIE, "seen=1; Path=/".parse().expect("a valid header"));
    if let Some(kind) = kind {
        answer.insert("content-type", kind);
    }
    (StatusCode::CREATED, answer, body)
}

/// Five lines, one after the other.
async fn count() -> Body {
    let lines = tokio_stream::iter(1..=5).throttle(Duration::from_millis(50));
    Body::from_stream(lines.map(|line| Ok::<_, Infallible>(format!("line {line}\n"))))
}
