//! An external extension on the real lambda-extension crate: prints each event and each telemetry record that it gets.

use lambda_extension::{
    Error, Extension, LambdaEvent, LambdaTelemetry, LambdaTelemetryRecord, LogBuffering, NextEvent, SharedService, service_fn,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let buffering = LogBuffering { timeout_ms: 25, max_bytes: 262_144, max_items: 1000 };
    Extension::new()
        .with_events_processor(service_fn(event))
        .with_telemetry_types(&["platform", "function"])
        .with_telemetry_buffering(buffering)
        .with_telemetry_port_number(8081)
        .with_telemetry_processor(SharedService::new(service_fn(telemetry)))
        .run()
        .await
}

async fn event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(invoke) => println!("agent invoke {}", invoke.request_id),
        NextEvent::Shutdown(shutdown) => {
            println!("agent shutdown {}", shutdown.shutdown_reason);
            std::process::exit(0); // by itself the crate would ask for another event until it is killed
        }
    }
    Ok(())
}

async fn telemetry(events: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for event in events {
        match event.record {
            LambdaTelemetryRecord::Function(line) => println!("agent function {line}"),
            LambdaTelemetryRecord::PlatformRuntimeDone { status, .. } => println!("agent done {status:?}"),
            LambdaTelemetryRecord::PlatformReport { metrics, .. } => println!("agent report {}", metrics.billed_duration_ms),
            LambdaTelemetryRecord::PlatformInitStart { initialization_type, .. } => println!("agent init {initialization_type:?}"),
            _ => {}
        }
    }
    Ok(())
}
