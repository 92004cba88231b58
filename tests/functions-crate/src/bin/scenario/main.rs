//! One function whose event says what it does: {"do":"exit","code":3}. The variants of `Scenario` are its manual.

mod endings;
mod files;
mod output;
mod processes;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Scenario {
    /// Answers with `value`.
    Echo {
        value: Value,
    },
    /// Answers with the context, the number of this invocation in its environment and the pid.
    Context,
    /// Answers with a JSON string of so many bytes, quotes included.
    Big {
        bytes: usize,
    },
    Error {
        message: String,
    },
    Panic {
        message: String,
    },
    Exit {
        code: i32,
    },
    Abort,
    Segfault,
    /// Sends itself a signal by number.
    Signal {
        number: i32,
    },
    Sleep {
        ms: u64,
    },
    /// Never answers and ignores SIGTERM.
    Hang,
    /// Uses one core.
    Spin {
        ms: u64,
    },
    /// Touches so much memory, and keeps it until the next invocation if asked.
    Allocate {
        mb: usize,
        #[serde(default)]
        keep: bool,
    },
    /// Lines "0", "1", … with `text` after the number.
    PrintLines {
        count: usize,
        #[serde(default)]
        text: String,
        #[serde(default)]
        stderr: bool,
    },
    /// So many bytes without a newline at the end.
    PrintBytes {
        count: usize,
    },
    /// Raw bytes, by hexadecimal digits: for output that is not UTF-8.
    PrintHex {
        hex: String,
    },
    /// Forks a child that lives for `ms` and then prints "child"; `exit` ends the parent at once.
    Fork {
        ms: u64,
        #[serde(default)]
        exit: bool,
    },
    WriteFile {
        path: String,
        text: String,
    },
    ReadFile {
        path: String,
    },
    /// Names in a directory, sorted.
    ListDirectory {
        path: String,
    },
    /// Writes to a file until the system refuses, at most `mb`.
    Fill {
        path: String,
        mb: usize,
    },
    /// Opens so many files at once, or until the system refuses.
    OpenFiles {
        count: usize,
    },
    /// Variables, arguments, working directory, uid and limits.
    Environment,
    /// Connects to host:port; "connected" or the error.
    Connect {
        address: String,
        #[serde(default = "one_second_ms")]
        timeout_ms: u64,
    },
    /// Tells the service at host:port that it is here, and answers with its word once that one has it.
    Wait {
        address: String,
    },
    /// Threads that sleep, or until the system refuses.
    SpawnThreads {
        count: usize,
    },
    /// Child processes that sleep, or until the system refuses; they are killed afterwards.
    SpawnProcesses {
        count: usize,
    },
}

fn one_second_ms() -> u64 {
    1000
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(play)).await
}

async fn play(event: LambdaEvent<Scenario>) -> Result<Value, Error> {
    let context = event.context;
    Ok(match event.payload {
        Scenario::Echo { value } => value,
        Scenario::Context => json!({ "context": context, "count": processes::count_invocations(), "pid": std::process::id() }),
        Scenario::Big { bytes } => json!("x".repeat(bytes - 2)),
        Scenario::Error { message } => return Err(message.into()),
        Scenario::Panic { message } => panic!("{message}"),
        Scenario::Exit { code } => std::process::exit(code),
        Scenario::Abort => std::process::abort(),
        Scenario::Segfault => endings::segfault(),
        Scenario::Signal { number } => endings::raise(number),
        Scenario::Sleep { ms } => sleep(ms).await,
        Scenario::Hang => endings::hang(),
        Scenario::Spin { ms } => processes::spin(ms),
        Scenario::Allocate { mb, keep } => processes::allocate(mb, keep),
        Scenario::PrintLines { count, text, stderr } => output::lines(count, &text, stderr)?,
        Scenario::PrintBytes { count } => output::bytes(count)?,
        Scenario::PrintHex { hex } => output::hex(&hex)?,
        Scenario::Fork { ms, exit } => processes::fork(ms, exit),
        Scenario::WriteFile { path, text } => files::write(&path, &text),
        Scenario::ReadFile { path } => files::read(&path),
        Scenario::ListDirectory { path } => files::list(&path),
        Scenario::Fill { path, mb } => files::fill(&path, mb),
        Scenario::OpenFiles { count } => files::open_many(count),
        Scenario::Environment => processes::environment(),
        Scenario::Connect { address, timeout_ms } => processes::connect(&address, timeout_ms),
        Scenario::Wait { address } => processes::wait(&address),
        Scenario::SpawnThreads { count } => processes::threads(count),
        Scenario::SpawnProcesses { count } => processes::children(count),
    })
}

async fn sleep(ms: u64) -> Value {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    json!({ "sleptMs": ms })
}
