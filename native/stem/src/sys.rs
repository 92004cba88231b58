//! System calls as functions that return `io::Result`, and name what failed. Nothing here decides anything.

use libc::{c_char, c_int, c_long, c_void};
use std::ffi::CString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub fn failure(text: &str) -> io::Error {
    io::Error::other(text.to_string())
}

/// The last error with what was being done, e.g. "mount /tmp: Operation not permitted (os error 1)".
fn failed(doing: &str) -> io::Error {
    let error = io::Error::last_os_error();
    io::Error::new(error.kind(), format!("{doing}: {error}"))
}

pub fn check(result: c_long, doing: &str) -> io::Result<c_long> {
    if result < 0 { Err(failed(doing)) } else { Ok(result) }
}

pub trait Doing<T> {
    fn doing(self, what: &str) -> io::Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str) -> io::Result<T> {
        self.map_err(|error| io::Error::new(error.kind(), format!("{what}: {error}")))
    }
}

pub fn c_string(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(|_| failure("a NUL character in a path, an argument or a variable"))
}

fn owned(result: c_long, doing: &str) -> io::Result<OwnedFd> {
    let fd = check(result, doing)?;
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// For files of /proc and cgroups: one write, nothing created.
pub fn write_file(path: &str, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes())).doing(path)
}

// --- mounts ---

pub struct Mount<'a> {
    pub source: &'a str,
    pub kind: &'a str,
    pub flags: libc::c_ulong,
    pub options: &'a str,
}

pub fn mount(target: &str, what: Mount) -> io::Result<()> {
    let (source, path, kind, options) = (c_string(what.source)?, c_string(target)?, c_string(what.kind)?, c_string(what.options)?);
    let result = unsafe { libc::mount(source.as_ptr(), path.as_ptr(), kind.as_ptr(), what.flags, options.as_ptr().cast::<c_void>()) };
    check(result.into(), &format!("mount {} on {target}", what.source)).map(drop)
}

pub fn set_propagation(path: &str, flags: libc::c_ulong) -> io::Result<()> {
    mount(path, Mount { source: "none", kind: "", flags, options: "" })
}

/// A detached copy of the mounts at and below `path`: it can be attached in a namespace whose owner could not reach `path`.
pub fn clone_tree(path: &str) -> io::Result<OwnedFd> {
    let name = c_string(path)?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as u32;
    owned(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, name.as_ptr(), flags) }, &format!("open_tree {path}"))
}

#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

pub const ATTRIBUTE_READ_ONLY: u64 = 0x1;
pub const ATTRIBUTE_NO_SUID: u64 = 0x2;
pub const ATTRIBUTE_NO_DEVICES: u64 = 0x4;

/// Of all mounts of a detached tree; they also stop receiving what is mounted below the original.
pub fn set_tree_attributes(tree: &OwnedFd, set: u64) -> io::Result<()> {
    set_attributes(tree.as_raw_fd(), c"", libc::AT_EMPTY_PATH | libc::AT_RECURSIVE, set)
}

/// Of the one mount at `path`.
pub fn set_mount_attributes(path: &str, set: u64) -> io::Result<()> {
    set_attributes(libc::AT_FDCWD, &c_string(path)?, 0, set)
}

fn set_attributes(at: RawFd, path: &std::ffi::CStr, flags: c_int, set: u64) -> io::Result<()> {
    let attributes = MountAttributes { set, clear: 0, propagation: libc::MS_PRIVATE, user_namespace: 0 };
    let size = std::mem::size_of::<MountAttributes>();
    let result = unsafe { libc::syscall(libc::SYS_mount_setattr, at, path.as_ptr(), flags, &attributes, size) };
    check(result, "mount_setattr").map(drop)
}

pub fn attach_tree(tree: &OwnedFd, target: &str) -> io::Result<()> {
    const FROM_EMPTY_PATH: c_int = 0x4;
    let path = c_string(target)?;
    let result =
        unsafe { libc::syscall(libc::SYS_move_mount, tree.as_raw_fd(), c"".as_ptr(), libc::AT_FDCWD, path.as_ptr(), FROM_EMPTY_PATH) };
    check(result, &format!("move_mount to {target}")).map(drop)
}

/// `new` becomes the root, and the present root appears at `old`, which lies below `new`.
pub fn pivot_root(new: &str, old: &str) -> io::Result<()> {
    let (new_path, old_path) = (c_string(new)?, c_string(old)?);
    check(unsafe { libc::syscall(libc::SYS_pivot_root, new_path.as_ptr(), old_path.as_ptr()) }, "pivot_root")?;
    std::env::set_current_dir("/").doing("chdir /")
}

pub fn detach_mount(path: &str) -> io::Result<()> {
    let name = c_string(path)?;
    check(unsafe { libc::umount2(name.as_ptr(), libc::MNT_DETACH) }.into(), &format!("umount {path}")).map(drop)
}

// --- processes and namespaces ---

const CHILD_STACK_BYTES: usize = 64 * 1024;

pub fn unshare(flags: c_int) -> io::Result<()> {
    check(unsafe { libc::unshare(flags) }.into(), "unshare").map(drop)
}

pub fn enter_namespace(namespace: &OwnedFd, kind: c_int) -> io::Result<()> {
    check(unsafe { libc::setns(namespace.as_raw_fd(), kind) }.into(), "setns").map(drop)
}

/// As fork(2), with namespaces: 0 in the child. The caller must be single-threaded.
pub fn clone_process(flags: c_int) -> io::Result<i32> {
    let null = std::ptr::null::<c_void>();
    let pid = unsafe { libc::syscall(libc::SYS_clone, (flags | libc::SIGCHLD) as c_long, null, null, null, null) };
    Ok(check(pid, "clone")? as i32)
}

/// As vfork(2): the child does `act` in our memory, while we wait until it has executed a program or ended. Nothing is copied for it, and
/// what `act` leaves in variables can be read here. Descriptors, signals, directory and rights are the child's own.
pub fn clone_until_exec(mut act: &mut dyn FnMut()) -> io::Result<i32> {
    extern "C" fn begin(act: *mut c_void) -> c_int {
        // SAFETY: the address of `act`, whose owner waits for us
        unsafe { (*act.cast::<&mut dyn FnMut()>())() };
        exit_now(127)
    }
    let mut stack = vec![0u128; CHILD_STACK_BYTES / size_of::<u128>()];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    let pid = unsafe { libc::clone(begin, stack.as_mut_ptr_range().end.cast(), flags, (&raw mut act).cast()) };
    Ok(check(pid.into(), "clone")? as i32)
}

pub fn become_user(id: u32) -> io::Result<()> {
    check(unsafe { libc::setgroups(0, std::ptr::null()) }.into(), "setgroups")?;
    check(unsafe { libc::setresgid(id, id, id) }.into(), "setresgid")?;
    check(unsafe { libc::setresuid(id, id, id) }.into(), "setresuid").map(drop)
}

pub fn effective_ids() -> (u32, u32) {
    unsafe { (libc::geteuid(), libc::getegid()) }
}

pub fn control(option: c_int, value: libc::c_ulong) -> io::Result<()> {
    check(unsafe { libc::prctl(option, value, 0, 0, 0) }.into(), "prctl").map(drop)
}

pub fn die_with_parent() -> io::Result<()> {
    control(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)
}

pub fn send_signal(pid: i32, signal: c_int) {
    // a process that is gone already is what was wanted
    unsafe { libc::kill(pid, signal) };
}

/// The next dead child and its wait status; None when there is none (now, or with `block` at all).
pub fn reap(block: bool) -> Option<(i32, c_int)> {
    let mut status = 0;
    loop {
        let pid = unsafe { libc::waitpid(-1, &mut status, if block { 0 } else { libc::WNOHANG }) };
        if pid > 0 {
            return Some((pid, status));
        }
        if pid == 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return None;
        }
    }
}

/// Overwrites what /proc/PID/cmdline and environ show, here and in every process forked from here: pid 1 of a sandbox is such a one, and
/// its function has no need to know where this program lies.
pub fn forget_arguments_and_environment() {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return };
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    // fields 48 to 51 of proc(5): arg_start, arg_end, env_start, env_end; the first field after the name is number 3
    let fields: Vec<usize> = after_name.split(' ').skip(48 - 3).take(4).filter_map(|text| text.trim().parse().ok()).collect();
    if let [arguments, arguments_end, variables, variables_end] = fields[..] {
        for (from, to) in [(arguments, arguments_end), (variables, variables_end)] {
            // SAFETY: the kernel says that this memory holds them; nobody reads either after this
            unsafe { std::ptr::write_bytes(from as *mut u8, 0, to.saturating_sub(from)) };
        }
    }
}

/// Ends at once, without destructors: they would act on what is shared with the process that forked us.
pub fn exit_now(code: c_int) -> ! {
    unsafe { libc::_exit(code) }
}

// --- descriptors ---

pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }.into(), "pipe")?;
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Puts `fd` in the place of `number`, where it survives an exec.
pub fn duplicate_to(fd: &OwnedFd, number: RawFd) -> io::Result<()> {
    check(unsafe { libc::dup2(fd.as_raw_fd(), number) }.into(), "dup2").map(drop)
}

pub fn duplicate_above(fd: &OwnedFd, lowest: RawFd) -> io::Result<OwnedFd> {
    owned(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) }.into(), "dup")
}

pub fn set_owner(fd: &OwnedFd, id: u32) -> io::Result<()> {
    check(unsafe { libc::fchown(fd.as_raw_fd(), id, id) }.into(), "fchown").map(drop)
}

/// A descriptor that becomes readable when a child ended; the signal itself stays blocked.
pub fn child_signals() -> io::Result<OwnedFd> {
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGCHLD);
        check(libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()).into(), "sigprocmask")?;
        owned(libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK).into(), "signalfd")
    }
}

/// Signals as a program expects to find them: none blocked, and none ignored (Rust's start-up ignores SIGPIPE).
pub fn reset_signals() {
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}

/// All descriptors above stderr but one: what this process copied from `stem serve` belongs to other sandboxes.
pub fn close_others(kept: RawFd) {
    let close_range = |first: RawFd, last: u32| {
        let result = unsafe { libc::syscall(libc::SYS_close_range, first as u32, last, 0u32) };
        // before Linux 5.9, one by one
        for fd in first..(if result < 0 { last.min(65_536) as RawFd } else { first }) {
            unsafe { libc::close(fd) };
        }
    };
    if kept > 3 {
        close_range(3, kept as u32 - 1);
    }
    close_range(kept + 1, u32::MAX);
}

/// Empties a signalfd: several ended children may be one signal.
pub fn drain(fd: &OwnedFd) {
    let mut bytes = [0u8; 1024];
    while unsafe { libc::read(fd.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
}

// --- exec ---

/// argv and environment as execve wants them. Made before the fork, since nothing may fail after it.
pub struct Program {
    arguments: Vec<CString>,
    variables: Vec<CString>,
}

impl Program {
    pub fn new(arguments: &[String], variables: &[String]) -> io::Result<Self> {
        let convert = |texts: &[String]| texts.iter().map(|text| c_string(text)).collect::<io::Result<Vec<_>>>();
        if arguments.is_empty() {
            return Err(failure("a program without a name"));
        }
        Ok(Self { arguments: convert(arguments)?, variables: convert(variables)? })
    }

    /// Comes back only when it failed: with the errno.
    pub fn execute(&self) -> c_int {
        let pointers = |texts: &[CString]| texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect::<Vec<*const c_char>>();
        let (arguments, variables) = (pointers(&self.arguments), pointers(&self.variables));
        unsafe { libc::execve(arguments[0], arguments.as_ptr(), variables.as_ptr()) };
        io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
    }
}
