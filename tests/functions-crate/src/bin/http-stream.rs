//! An HTTP function on lambda_http that streams: status, headers and cookies first, then the body in pieces.

use lambda_http::{Error, Request, Response, run_with_streaming_response, service_fn};
use lambda_runtime::streaming::{Body, channel};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run_with_streaming_response(service_fn(handle)).await
}

async fn handle(request: Request) -> Result<Response<Body>, Error> {
    let path = request.uri().path().to_owned();
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for piece in 0..3 {
            if sender.send_data(format!("{path} {piece}\n").into()).await.is_err() {
                return;
            }
        }
    });
    let response =
        Response::builder().status(202).header("content-type", "text/x-pieces").header("set-cookie", "a=1").header("set-cookie", "b=2");
    Ok(response.body(body)?)
}
