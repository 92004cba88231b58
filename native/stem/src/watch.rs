//! epoll: which of many descriptors has something to say, by a number given for each.

use crate::sys::check;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

const EVENTS: usize = 64;

pub struct Watch {
    epoll: OwnedFd,
}

impl Watch {
    pub fn new() -> io::Result<Self> {
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }.into(), "epoll_create")?;
        Ok(Self { epoll: unsafe { OwnedFd::from_raw_fd(fd as RawFd) } })
    }

    pub fn add(&self, fd: RawFd, tag: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, tag)
    }

    /// Of what is watched, or was: a closed link is removed when it is seen, and again with its sandbox.
    pub fn remove(&self, fd: RawFd) {
        let _ = self.control(libc::EPOLL_CTL_DEL, fd, 0);
    }

    fn control(&self, what: i32, fd: RawFd, tag: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: tag };
        check(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd, &mut event) }.into(), "epoll_ctl").map(drop)
    }

    /// The tags of those that are readable or closed; none after `timeout`.
    pub fn wait(&self, timeout: Option<Duration>) -> io::Result<Vec<u64>> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        let milliseconds = timeout.map_or(-1, |timeout| timeout.as_millis() as i32);
        let count = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), events.as_mut_ptr(), EVENTS as i32, milliseconds) };
        match check(count.into(), "epoll_wait") {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(count) => Ok(events[..count as usize].iter().map(|event| event.u64).collect()),
        }
    }
}
