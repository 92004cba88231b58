//! stem: the launcher of sandboxes. Node starts one `stem serve` while it is small; from then on only this process forks.
//!
//! ```text
//! Node ──ipc──▶ stem serve ──fork──▶ birth (joins groups, gives up its uid) ──clone──▶ init (pid 1 of a sandbox) ──▶ the function
//!                   ◀──────────────────── one socket per sandbox: listeners, exec line, exit ────────┘
//! ```
//! Every module says what it decides; `sys.rs` holds the system calls, and most of the `unsafe`.

mod birth;
mod channel;
mod init;
mod limits;
mod link;
mod network;
mod outbound;
mod process;
mod sandbox;
mod seccomp;
mod serve;
mod shape;
mod sys;
mod watch;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let outcome = match arguments.get(1).map(String::as_str) {
        Some("serve") => serve::serve(),
        Some("listen") => network::listen_inside(&arguments[2..]),
        _ => Err(sys::failure("usage: stem serve | stem listen PID ADDRESS:PORT…")),
    };
    if let Err(error) = outcome {
        // What the supervisor shows to people, so one line without a backtrace.
        eprintln!("stem: {error}");
        std::process::exit(125);
    }
}
