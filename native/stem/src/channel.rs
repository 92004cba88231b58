//! The IPC channel of Node's child_process: JSON lines both ways, and handles towards Node.
//!
//! Node cannot receive descriptors in general, but this channel can: a line {"cmd":"NODE_HANDLE","type":"net.Native","msg":M} with one
//! descriptor beside it becomes message(M, handle). The format is Node-internal; a contract test holds it on every Node that we support.

use crate::link::send_message;
use crate::sys::{Doing, failure};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, RawFd};

const READ_BYTES: usize = 64 * 1024;

pub struct Channel {
    socket: File,
    unread: Vec<u8>,
}

impl AsRawFd for Channel {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl Channel {
    pub fn from_environment() -> io::Result<Self> {
        let number = std::env::var("NODE_CHANNEL_FD").ok().and_then(|text| text.parse::<RawFd>().ok());
        let fd = number.ok_or_else(|| failure("must be started by Node with an ipc channel"))?;
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        Ok(Self { socket: unsafe { File::from_raw_fd(fd) }, unread: Vec::new() })
    }

    /// All whole lines that one read brings; None when Node is gone. Blocks when nothing is there.
    pub fn receive(&mut self) -> Option<Vec<Value>> {
        let mut bytes = [0u8; READ_BYTES];
        let length = loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return None,
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        };
        self.unread.extend_from_slice(&bytes[..length]);
        let Some(end) = self.unread.iter().rposition(|byte| *byte == b'\n') else {
            return Some(Vec::new());
        };
        let lines: Vec<u8> = self.unread.drain(..=end).collect();
        // Node answers each handle with NODE_HANDLE_ACK; that needs no answer.
        let parsed = lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        Some(parsed.filter(|message| message["cmd"] != "NODE_HANDLE_ACK").collect())
    }

    pub fn send(&self, message: &Value) -> io::Result<()> {
        self.write(&format!("{message}\n"), &[])
    }

    pub fn send_handle(&self, message: Value, handle: BorrowedFd) -> io::Result<()> {
        let line = json!({ "cmd": "NODE_HANDLE", "type": "net.Native", "msg": message });
        self.write(&format!("{line}\n"), &[handle])
    }

    fn write(&self, line: &str, handles: &[BorrowedFd]) -> io::Result<()> {
        send_message(self.socket.as_fd().as_raw_fd(), line.as_bytes(), handles).doing("the channel to Node")
    }
}
