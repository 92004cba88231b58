//! stem: the launcher of sandboxes. Node starts one `stem serve` while it is small; from then on only this process forks.
//!
//! ```text
//! Node ──ipc──▶ stem serve ──fork──▶ birth (joins groups, gives up its uid) ──clone──▶ init (pid 1 of a sandbox) ──▶ the function
//!                   ◀──────────────────── one socket per sandbox: listeners, exec line, exit ────────┘
//! ```
//! Every module says what it decides; `sys.rs` holds the system calls, and most of the `unsafe`.

mod birth;
mod channel;
mod companions;
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
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("serve") => serve::serve(),
        _ => Err(sys::failure("usage: stem serve, started by lambent")),
    };
    if let Err(error) = outcome {
        // What the supervisor shows to people, so one line without a backtrace.
        eprintln!("stem: {error}");
        std::process::exit(125);
    }
}
