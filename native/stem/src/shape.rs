//! What all sandboxes of one shape have in common: their root directory, built once and kept as a mount namespace.
//!
//! A sandbox is born by entering that namespace and copying it: two dozen mounts instead of all of the host's, nothing of the host to take
//! away again. What is shown are detached copies of mounts, taken here with the supervisor's rights: directories above them that the
//! sandbox's user may not enter do not matter.

use crate::network::{Range, ranges_of};
use crate::outbound::argv_of;
use crate::sys::{self, Doing, Mount, failure};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Where `stem serve` keeps the host's root (serve.rs pivots away from it).
pub const HOST: &str = "/host";
const STAGE: &str = "/stage";

const READ_ONLY: u64 = sys::ATTRIBUTE_READ_ONLY | sys::ATTRIBUTE_NO_SUID | sys::ATTRIBUTE_NO_DEVICES;

/// What of the host every sandbox sees, as far as it exists.
const FROM_HOST: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/mime.types",
    "/etc/services",
    "/etc/protocols",
];
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom"];
const FOLDERS: &[&str] = &["/etc", "/dev", "/dev/shm", "/proc", "/tmp", "/var/task", "/var/runtime", "/var/lang", "/opt"];
const DEVICE_LINKS: &[(&str, &str)] = &[
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];

pub struct Shape {
    pub root: OwnedFd,
    /// What Plan::of reads.
    pub plan: Value,
    /// argv of the program that gives a sandbox its way out, without the pid; absent for no network.
    pub outbound: Option<Vec<String>>,
}

impl Shape {
    pub fn build(spec: &Value) -> io::Result<Self> {
        let outbound = argv_of(&spec["outbound"])?;
        let plan = json!({
            "listeners": spec["listeners"],
            "blocked": spec["blocked"],
            "early": spec["early"],
            "outbound": outbound.is_some(),
        });
        Plan::of(&plan)?;
        Ok(Self { root: build_root(spec)?, plan, outbound })
    }
}

/// What pid 1 of a sandbox has to know of its shape. It travels as JSON: its midwife may be older than the shape.
pub struct Plan {
    pub listeners: Vec<(String, SocketAddrV4)>,
    pub blocked: Vec<Range>,
    pub early: Option<Vec<String>>,
    pub has_way_out: bool,
}

impl Plan {
    pub fn of(value: &Value) -> io::Result<Self> {
        Ok(Self {
            listeners: listeners_of(&value["listeners"])?,
            blocked: ranges_of(&value["blocked"])?,
            early: value["early"].as_array().map(|texts| strings(texts)),
            has_way_out: value["outbound"] == true,
        })
    }
}

pub fn strings(texts: &[Value]) -> Vec<String> {
    texts.iter().filter_map(|text| text.as_str().map(String::from)).collect()
}

fn listeners_of(value: &Value) -> io::Result<Vec<(String, SocketAddrV4)>> {
    let one = |listener: &Value| {
        let name = listener["name"].as_str()?;
        Some((name.to_string(), listener["at"].as_str()?.parse().ok()?))
    };
    let listeners = value.as_array().map(Vec::as_slice).unwrap_or_default();
    listeners.iter().map(|listener| one(listener).ok_or_else(|| failure("a listener without a name or an address"))).collect()
}

/// A read-only copy of a host directory or file, ready to be attached in a sandbox.
pub fn tree_of(host_path: &str) -> io::Result<OwnedFd> {
    let tree = sys::clone_tree(&format!("{HOST}{host_path}"))?;
    sys::set_tree_attributes(&tree, READ_ONLY)?;
    Ok(tree)
}

/// The work is done by a child, whose namespace is then held open: this process keeps its own view of the host.
fn build_root(spec: &Value) -> io::Result<OwnedFd> {
    let (ours, theirs) = crate::link::Link::pair()?;
    let builder = sys::clone_process(0)?;
    if builder == 0 {
        drop(ours);
        let outcome = furnish(spec);
        let _ = theirs.send(&outcome.as_ref().err().map_or("built".to_string(), ToString::to_string), &[]);
        // lives until it is killed: its namespace must be opened by then
        theirs.receive(true);
        sys::exit_now(0);
    }
    drop(theirs);
    let said = ours.receive(true);
    let namespace = File::open(format!("{HOST}/proc/{builder}/ns/mnt")).doing("the new root's namespace");
    sys::send_signal(builder, libc::SIGKILL);
    unsafe { libc::waitpid(builder, std::ptr::null_mut(), 0) };
    match said {
        crate::link::Received::Packet(packet) if packet.text == "built" => Ok(namespace?.into()),
        crate::link::Received::Packet(packet) => Err(failure(&packet.text)),
        _ => Err(failure("the root directory's builder died")),
    }
}

fn furnish(spec: &Value) -> io::Result<()> {
    sys::unshare(libc::CLONE_NEWNS)?;
    sys::set_propagation("/", libc::MS_REC | libc::MS_PRIVATE)?;
    fs::create_dir_all(STAGE).doing(STAGE)?;
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    sys::mount(STAGE, Mount { source: "root", kind: "tmpfs", flags, options: "size=1m,nr_inodes=4096,mode=755" })?;
    for folder in FOLDERS {
        fs::create_dir_all(format!("{STAGE}{folder}")).doing(folder)?;
    }
    for path in FROM_HOST {
        show_host_path(path)?;
    }
    for mount in spec["mounts"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |key: &str| mount[key].as_str().ok_or_else(|| failure("a mount without from or to"));
        show(text("from")?, text("to")?)?;
    }
    for (path, text) in spec["files"].as_object().into_iter().flatten() {
        fs::write(format!("{STAGE}{path}"), text.as_str().unwrap_or_default()).doing(path)?;
    }
    furnish_devices()?;
    settle()
}

/// /bin and /lib are symbolic links on most systems, and stay what they are.
fn show_host_path(path: &str) -> io::Result<()> {
    let host_path = format!("{HOST}{path}");
    match fs::symlink_metadata(&host_path) {
        Err(_) => Ok(()),
        Ok(found) if found.is_symlink() => symlink(fs::read_link(&host_path).doing(path)?, format!("{STAGE}{path}")).doing(path),
        Ok(_) => show(path, path),
    }
}

fn show(from: &str, to: &str) -> io::Result<()> {
    attach(&tree_of(from)?, Path::new(&format!("{HOST}{from}")).is_dir(), to)
}

fn attach(tree: &OwnedFd, is_folder: bool, to: &str) -> io::Result<()> {
    let target = format!("{STAGE}{to}");
    let path = Path::new(&target);
    if is_folder {
        fs::create_dir_all(path).doing(to)?;
    } else {
        fs::create_dir_all(path.parent().unwrap_or(path)).doing(to)?;
        File::create(path).doing(to)?;
    }
    sys::attach_tree(tree, &target)
}

fn furnish_devices() -> io::Result<()> {
    for device in DEVICES {
        let tree = sys::clone_tree(&format!("{HOST}/dev/{device}"))?;
        sys::set_tree_attributes(&tree, sys::ATTRIBUTE_NO_SUID)?;
        attach(&tree, false, &format!("/dev/{device}"))?;
    }
    for (target, link) in DEVICE_LINKS {
        symlink(target, format!("{STAGE}{link}")).doing(link)?;
    }
    Ok(())
}

/// The stage becomes the root. The host's /proc stays below: the kernel allows a new one only where a whole one is seen already.
fn settle() -> io::Result<()> {
    let proc = sys::clone_tree(&format!("{HOST}/proc"))?;
    sys::attach_tree(&proc, &format!("{STAGE}/proc"))?;
    let old = format!("{STAGE}/tmp");
    sys::pivot_root(STAGE, &old)?;
    sys::detach_mount("/tmp")?;
    sys::set_mount_attributes("/", READ_ONLY)
}
