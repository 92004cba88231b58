//! One process of a function: forked from pid 1, executed, and whether that worked.

use crate::limits::{Limits, give_up_everything};
use crate::sys::{self, Program};
use libc::c_int;
use serde_json::{Value, json};
use std::io;
use std::os::fd::OwnedFd;

pub struct Start<'a> {
    pub program: &'a Program,
    pub folder: &'a str,
    pub stdin: Option<OwnedFd>,
    /// For what it prints; absent: where the sandbox's own output goes.
    pub output: Option<&'a OwnedFd>,
    /// Given where pid 1 still has rights of its own, which the new process must not inherit.
    pub limits: Option<Limits>,
}

pub enum Started {
    Running(i32),
    /// The errno of the failed exec.
    Refused(c_int),
}

pub fn start(start: Start) -> io::Result<Started> {
    let mut errno = 0;
    let pid = sys::clone_until_exec(&mut || errno = become_program(&start))?;
    if errno == 0 {
        return Ok(Started::Running(pid));
    }
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
    Ok(Started::Refused(errno))
}

fn become_program(start: &Start) -> c_int {
    match prepare_process(start) {
        Ok(()) => start.program.execute(),
        Err(error) => error.raw_os_error().unwrap_or(libc::EPERM),
    }
}

fn prepare_process(start: &Start) -> io::Result<()> {
    unsafe { libc::setsid() };
    sys::reset_signals();
    if let Some(stdin) = &start.stdin {
        sys::duplicate_to(stdin, 0)?;
    }
    if let Some(output) = start.output {
        sys::duplicate_to(output, 1)?;
        sys::duplicate_to(output, 2)?;
    }
    if let Some(limits) = start.limits {
        give_up_everything(limits)?;
    }
    std::env::set_current_dir(start.folder)
}

/// A wait status as the supervisor reads it.
pub fn describe(status: c_int) -> Value {
    if libc::WIFSIGNALED(status) {
        return json!({ "signal": libc::WTERMSIG(status), "core": libc::WCOREDUMP(status) });
    }
    json!({ "code": libc::WEXITSTATUS(status) })
}

pub fn errno_name(errno: c_int) -> String {
    let known = match errno {
        libc::ENOENT => "ENOENT",
        libc::EACCES => "EACCES",
        libc::ENOEXEC => "ENOEXEC",
        libc::ENOTDIR => "ENOTDIR",
        libc::EISDIR => "EISDIR",
        libc::ELOOP => "ELOOP",
        libc::E2BIG => "E2BIG",
        libc::ENOMEM => "ENOMEM",
        libc::EPERM => "EPERM",
        libc::ETXTBSY => "ETXTBSY",
        libc::EINVAL => "EINVAL",
        libc::EAGAIN => "EAGAIN",
        _ => return format!("E{errno}"),
    };
    known.to_string()
}
