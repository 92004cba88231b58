//! The way out of one sandbox: a user-mode network stack (slirp4netns) attached from outside, while the sandbox still waits for its function.

use crate::shape::{HOST, strings};
use crate::sys::{self, Program, failure};
use serde_json::Value;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

const READY_FD: i32 = 3;
const NETWORK_FD: i32 = 4;
const USER_FD: i32 = 5;

/// Of one sandbox, opened inside.
pub struct Namespaces {
    pub network: OwnedFd,
    pub user: OwnedFd,
}

impl Namespaces {
    pub fn of(descriptors: Vec<OwnedFd>) -> Option<Self> {
        let [network, user]: [OwnedFd; 2] = descriptors.try_into().ok()?;
        Some(Self { network, user })
    }
}

pub struct Outbound {
    pub pid: i32,
    /// Readable, with one byte, when the sandbox has its route; ended without one when it never will.
    pub ready: OwnedFd,
}

impl Outbound {
    /// Asked when `ready` became readable: true for the byte, false for an end without one.
    pub fn is_attached(&mut self) -> bool {
        let mut byte = [0u8; 1];
        unsafe { libc::read(self.ready.as_raw_fd(), byte.as_mut_ptr().cast(), 1) == 1 }
    }

    /// Its pid is nobody's any more.
    pub fn has_ended(&mut self) {
        self.pid = 0;
    }

    pub fn kill(&self) {
        if self.pid > 0 {
            sys::send_signal(self.pid, libc::SIGKILL);
        }
    }
}

/// `argv` lacks where the sandbox is and the name of the device.
pub fn attach(argv: &[String], namespaces: &Namespaces) -> io::Result<Outbound> {
    let target = [
        format!("--ready-fd={READY_FD}"),
        "--netns-type=path".to_string(),
        format!("--userns-path=/proc/self/fd/{USER_FD}"),
        format!("/proc/self/fd/{NETWORK_FD}"),
        "tap0".to_string(),
    ];
    let arguments: Vec<String> = argv.iter().cloned().chain(target).collect();
    let program = Program::new(&arguments, &["PATH=/usr/sbin:/usr/bin:/sbin:/bin".to_string()])?;
    let (ready, tell) = sys::pipe()?;
    let server = std::process::id();
    let pid = sys::clone_process(0)?;
    if pid == 0 {
        let _ = leave_for_host(server, &tell, namespaces).map(|()| program.execute());
        sys::exit_now(127);
    }
    Ok(Outbound { pid, ready })
}

/// It ends with `stem serve`, sees the host's files, and nothing of ours.
fn leave_for_host(server: u32, tell: &OwnedFd, namespaces: &Namespaces) -> io::Result<()> {
    sys::die_with_parent()?;
    if std::os::unix::process::parent_id() != server {
        return Err(failure("the server ended before it could be followed")); // nobody would tell of it again
    }
    sys::reset_signals();
    std::os::unix::fs::chroot(HOST)?;
    std::env::set_current_dir("/")?;
    let nothing: OwnedFd = std::fs::File::options().read(true).write(true).open("/dev/null")?.into();
    for number in [0, 1, 2] {
        sys::duplicate_to(&nothing, number)?;
    }
    // above the numbers that are aimed at first: one of them may stand where another belongs
    let sources = [tell, &namespaces.network, &namespaces.user].map(|fd| sys::duplicate_above(fd, USER_FD + 1));
    for (source, number) in sources.into_iter().zip([READY_FD, NETWORK_FD, USER_FD]) {
        sys::duplicate_to(&source?, number)?;
    }
    Ok(())
}

pub fn argv_of(value: &Value) -> io::Result<Option<Vec<String>>> {
    match value.as_array() {
        None => Ok(None),
        Some(texts) if texts.is_empty() => Err(failure("an empty command for the network")),
        Some(texts) => Ok(Some(strings(texts))),
    }
}
