//! The socket between `stem serve` and one sandbox: each packet is one JSON text, with descriptors beside it.

use crate::sys::{check, failure};
use libc::{c_int, c_void};
use serde_json::Value;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// AWS allows 4 kB of variables; the kernel refuses packets above its send buffer (208 kB).
const PACKET_BYTES: usize = 192 * 1024;
const DESCRIPTORS: usize = 32;

pub struct Link {
    fd: OwnedFd,
}

pub struct Packet {
    pub text: String,
    pub descriptors: Vec<OwnedFd>,
}

pub enum Received {
    Packet(Packet),
    Nothing,
    Closed,
}

impl Packet {
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl AsRawFd for Link {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl Link {
    pub fn pair() -> io::Result<(Link, Link)> {
        let mut ends = [0; 2];
        let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
        check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) }.into(), "socketpair")?;
        let own = |fd| Link { fd: unsafe { OwnedFd::from_raw_fd(fd) } };
        Ok((own(ends[0]), own(ends[1])))
    }

    pub fn send(&self, text: &str, descriptors: &[BorrowedFd]) -> io::Result<()> {
        send_message(self.as_raw_fd(), text.as_bytes(), descriptors)
    }

    /// The next packet. `Closed` when the other side is gone; without `block`, `Nothing` when nothing is there now.
    pub fn receive(&self, block: bool) -> Received {
        let mut text = vec![0u8; PACKET_BYTES];
        loop {
            match receive_message(self.as_raw_fd(), &mut text, block) {
                Ok((0, _)) => return Received::Closed,
                Ok((length, descriptors)) => {
                    text.truncate(length);
                    return Received::Packet(Packet { text: String::from_utf8_lossy(&text).into_owned(), descriptors });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Received::Nothing,
                Err(_) => return Received::Closed,
            }
        }
    }
}

/// Room for the control message, aligned as its header must be.
fn control_space() -> Vec<u64> {
    let bytes = unsafe { libc::CMSG_SPACE((DESCRIPTORS * size_of::<c_int>()) as u32) } as usize;
    vec![0u64; bytes.div_ceil(8)]
}

pub fn send_message(socket: RawFd, text: &[u8], descriptors: &[BorrowedFd]) -> io::Result<()> {
    if descriptors.len() > DESCRIPTORS {
        return Err(failure("too many descriptors for one packet"));
    }
    let mut part = libc::iovec { iov_base: text.as_ptr().cast_mut().cast::<c_void>(), iov_len: text.len() };
    let mut space = control_space();
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    if !descriptors.is_empty() {
        let bytes = (descriptors.len() * size_of::<c_int>()) as u32;
        message.msg_control = space.as_mut_ptr().cast();
        // SAFETY: `space` holds DESCRIPTORS numbers and was checked above; the header lies inside it.
        unsafe {
            message.msg_controllen = libc::CMSG_SPACE(bytes) as _;
            let header = libc::CMSG_FIRSTHDR(&message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(bytes) as _;
            for (index, fd) in descriptors.iter().enumerate() {
                libc::CMSG_DATA(header).cast::<c_int>().add(index).write_unaligned(fd.as_raw_fd());
            }
        }
    }
    loop {
        let sent = unsafe { libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL) };
        match check(sent as i64, "sendmsg") {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(length) if (length as usize) < text.len() => return Err(failure("a message was cut short")),
            other => return other.map(drop),
        }
    }
}

fn receive_message(socket: RawFd, text: &mut [u8], block: bool) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut part = libc::iovec { iov_base: text.as_mut_ptr().cast::<c_void>(), iov_len: text.len() };
    let mut space = control_space();
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = space.as_mut_ptr().cast();
    message.msg_controllen = (space.len() * 8) as _;
    let flags = libc::MSG_CMSG_CLOEXEC | if block { 0 } else { libc::MSG_DONTWAIT };
    let length = check(unsafe { libc::recvmsg(socket, &mut message, flags) } as i64, "recvmsg")?;
    Ok((length as usize, descriptors_of(&message)))
}

fn descriptors_of(message: &libc::msghdr) -> Vec<OwnedFd> {
    let mut found = Vec::new();
    // SAFETY: the kernel filled the control buffer; each number in it is a descriptor that is now ours alone.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(message);
        if header.is_null() || (*header).cmsg_type != libc::SCM_RIGHTS {
            return found;
        }
        let count = ((*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize) / size_of::<c_int>();
        for index in 0..count {
            let fd = libc::CMSG_DATA(header).cast::<c_int>().add(index).read_unaligned();
            found.push(OwnedFd::from_raw_fd(fd));
        }
    }
    found
}
