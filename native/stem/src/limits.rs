//! What a process gives up for good before code of a function runs: rights, resources, and being looked at.

use crate::seccomp;
use crate::sys::{check, control};
use std::io;

#[derive(Clone, Copy)]
pub struct Limits {
    pub files: u64,
    /// Processes and threads of this sandbox's user; absent where the count would be shared with other sandboxes.
    pub processes: Option<u64>,
}

/// As AWS sets it.
const LOCKED_MEMORY_BYTES: u64 = 64 * 1024;

/// For pid 1 and for every runtime process alike. Order: rights first (a filter could forbid dropping them), the filter last.
pub fn give_up_everything(limits: Limits) -> io::Result<()> {
    limit(libc::RLIMIT_NOFILE, limits.files)?;
    limit(libc::RLIMIT_MEMLOCK, LOCKED_MEMORY_BYTES)?;
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_RTPRIO, 0)?;
    limit(libc::RLIMIT_NICE, 0)?;
    if let Some(processes) = limits.processes {
        limit(libc::RLIMIT_NPROC, processes)?;
    }
    drop_capabilities()?;
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }.into(), "no_new_privs")?;
    seccomp::install()
}

/// A process that is not dumpable has a /proc/PID that belongs to root: no memory, no environment, no descriptors for others of its uid.
pub fn hide_from_proc() -> io::Result<()> {
    control(libc::PR_SET_DUMPABLE, 0)
}

#[cfg(target_env = "musl")]
type Resource = libc::c_int;
#[cfg(not(target_env = "musl"))]
type Resource = libc::__rlimit_resource_t;

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let mut present = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    check(unsafe { libc::getrlimit(resource, &mut present) }.into(), "getrlimit")?;
    // without CAP_SYS_RESOURCE in the first user namespace, a limit can only be lowered
    let value = value.min(present.rlim_max);
    let wanted = libc::rlimit { rlim_cur: value, rlim_max: value };
    check(unsafe { libc::setrlimit(resource, &wanted) }.into(), "setrlimit").map(drop)
}

/// To a process that runs already: an early runtime, whose function is known only now.
pub fn apply_to(pid: i32, limits: Limits) -> io::Result<()> {
    let resources = [(libc::RLIMIT_NOFILE, Some(limits.files)), (libc::RLIMIT_NPROC, limits.processes)];
    for (resource, value) in resources.into_iter().filter_map(|(resource, value)| Some((resource, value?))) {
        let wanted = libc::rlimit { rlim_cur: value, rlim_max: value };
        // one that is lower already stays
        unsafe { libc::prlimit(pid, resource, &wanted, std::ptr::null_mut()) };
    }
    Ok(())
}

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct CapabilitySet {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;
const CAPABILITIES_MAX: libc::c_ulong = 64;

fn drop_capabilities() -> io::Result<()> {
    for capability in 0..CAPABILITIES_MAX {
        if control(libc::PR_CAPBSET_DROP, capability).is_err() {
            break; // above the last one that this kernel knows
        }
    }
    // kernels without ambient capabilities have none to clear
    let _ = control(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as libc::c_ulong);
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let none = [CapabilitySet { effective: 0, permitted: 0, inheritable: 0 }; 2];
    check(unsafe { libc::syscall(libc::SYS_capset, &header, none.as_ptr()) }, "capset").map(drop)
}

const CAP_SETGID: u32 = 6;
const CAP_SETUID: u32 = 7;
const CAP_SYS_ADMIN: u32 = 21;

/// True where namespaces can be made, and every sandbox can have a uid of its own, without a user namespace around it all.
pub fn is_privileged() -> bool {
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let mut sets = [CapabilitySet { effective: 0, permitted: 0, inheritable: 0 }; 2];
    let result = unsafe { libc::syscall(libc::SYS_capget, &header, sets.as_mut_ptr()) };
    result == 0 && [CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN].iter().all(|bit| sets[0].effective & (1 << bit) != 0)
}
