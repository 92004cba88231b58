//! The system calls that a function has no business with. A deny list, since functions are any program: what is named here either reaches
//! around the namespaces or opens large parts of the kernel that nobody needs in a function. Refusals are EPERM, as Docker's are.

use crate::sys::check;
use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, c_long, sock_filter};
use std::io;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// Calls that both architectures have.
const DENIED: &[c_long] = &[
    // mounts and roots
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // namespaces and other processes
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_personality,
    // files by handle: around the mount namespace
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // kernel code, kernel keys, kernel programs
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // the machine
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_lookup_dcookie,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS_ustat,
    libc::SYS__sysctl,
    libc::SYS_kexec_file_load,
];
#[cfg(target_arch = "aarch64")]
const DENIED_HERE: &[c_long] = &[294]; // kexec_file_load, which the libc crate does not name here

/// Sockets that stay inside the sandbox or its network namespace. AF_VSOCK, above all, has no namespace: it would reach the hypervisor.
const SOCKET_FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

const NEW_NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

// Offsets in struct seccomp_data.
const CALL_NUMBER: u32 = 0;
const CALL_ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16; // its low half: both architectures are little-endian

/// For this process and all its children, for good. Needs no_new_privs.
pub fn install() -> io::Result<()> {
    let mut program = filter();
    let header = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &header as *const libc::sock_fprog) };
    check(result.into(), "seccomp").map(drop)
}

fn filter() -> Vec<sock_filter> {
    let mut program =
        vec![load(CALL_ARCHITECTURE), skip_if_equal(ARCHITECTURE, 1), answer(libc::SECCOMP_RET_KILL_PROCESS), load(CALL_NUMBER)];
    refuse_x32(&mut program);
    for number in DENIED.iter().chain(DENIED_HERE) {
        program.extend([skip_unless_equal(*number as u32, 1), refuse(libc::EPERM)]);
    }
    // its flags lie in memory, where a filter cannot look: libraries fall back to clone(2), as they do in Docker
    program.extend([skip_unless_equal(libc::SYS_clone3 as u32, 1), refuse(libc::ENOSYS)]);
    program.extend([
        skip_unless_equal(libc::SYS_clone as u32, 4),
        load(FIRST_ARGUMENT),
        jump(BPF_JSET, NEW_NAMESPACES as u32, 0, 1),
        refuse(libc::EPERM),
        load(CALL_NUMBER),
    ]);
    program.extend([skip_unless_equal(libc::SYS_socket as u32, 2 + SOCKET_FAMILIES.len() as u8), load(FIRST_ARGUMENT)]);
    for (index, family) in SOCKET_FAMILIES.iter().enumerate() {
        program.push(skip_if_equal(*family as u32, (SOCKET_FAMILIES.len() - index) as u8));
    }
    program.extend([refuse(libc::EAFNOSUPPORT), answer(libc::SECCOMP_RET_ALLOW)]);
    program
}

/// The x32 calls have numbers of their own, so they would pass a list of the ordinary ones.
#[cfg(target_arch = "x86_64")]
fn refuse_x32(program: &mut Vec<sock_filter>) {
    const X32_BIT: u32 = 0x4000_0000;
    program.extend([jump(BPF_JSET, X32_BIT, 0, 1), refuse(libc::EPERM)]);
}

#[cfg(target_arch = "aarch64")]
fn refuse_x32(_program: &mut Vec<sock_filter>) {}

fn load(offset: u32) -> sock_filter {
    sock_filter { code: (BPF_LD | BPF_W | BPF_ABS) as u16, jt: 0, jf: 0, k: offset }
}

fn jump(test: u32, value: u32, if_true: u8, if_false: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | test | BPF_K) as u16, jt: if_true, jf: if_false, k: value }
}

fn skip_if_equal(value: u32, count: u8) -> sock_filter {
    jump(BPF_JEQ, value, count, 0)
}

fn skip_unless_equal(value: u32, count: u8) -> sock_filter {
    jump(BPF_JEQ, value, 0, count)
}

fn answer(action: u32) -> sock_filter {
    sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k: action }
}

fn refuse(errno: i32) -> sock_filter {
    answer(libc::SECCOMP_RET_ERRNO | errno as u32)
}
