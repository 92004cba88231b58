//! Pid 1 of a sandbox: finishes the namespaces, opens the listeners, waits, starts the function, reaps, and starts it again when told.
//!
//! Until the function is named it has all rights inside its own namespaces; then it gives them up for good, as the function does.

use crate::companions::Companions;
use crate::limits::{Limits, apply_to, give_up_everything, hide_from_proc};
use crate::link::{Link, Packet, Received};
use crate::network;
use crate::process::{self, Start, Started};
use crate::shape::{Plan, strings};
use crate::sys::{self, Doing, Mount, Program, failure};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

/// Who this process is outside of its user namespace.
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
}

/// AWS's sbx_user1051.
const INSIDE_ID: u32 = 993;
/// AWS: has no /dev/shm. Programs that look for one are better served with it.
const SHARED_MEMORY_OPTIONS: &str = "size=64m,mode=1777";
/// Of an early runtime, until its function is known.
const EARLY_LIMITS: Limits = Limits { files: 1024, processes: None };
const EARLY_VARIABLES: [&str; 3] = ["PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin", "LANG=en_US.UTF-8", "TZ=:UTC"];

pub fn run(plan: &Plan, link: &Link, identity: &Identity) -> ! {
    if let Err(error) = live(plan, link, identity) {
        let _ = link.send(&json!({ "failed": error.to_string() }).to_string(), &[]);
        sys::exit_now(1);
    }
    sys::exit_now(0)
}

/// Comes back when `stem serve` is gone; the kernel then ends everything inside.
fn live(plan: &Plan, link: &Link, identity: &Identity) -> io::Result<()> {
    sys::die_with_parent()?;
    if plan.has_way_out {
        hand_out_namespaces(link)?; // first: what attaches the way out takes longer than all of the following
    }
    map_ids(identity)?;
    furnish()?;
    network::set_up(&plan.blocked)?;
    let early = plan.early.as_deref().map(start_early).transpose()?;
    hide_from_proc()?;
    open_listeners(plan, link)?;
    let Received::Packet(begin) = link.receive(true) else { return Ok(()) };
    Function::begin(begin, early, link)?.attend(link)
}

fn map_ids(identity: &Identity) -> io::Result<()> {
    sys::write_file("/proc/self/setgroups", "deny")?;
    sys::write_file("/proc/self/gid_map", &format!("{INSIDE_ID} {} 1", identity.gid))?;
    sys::write_file("/proc/self/uid_map", &format!("{INSIDE_ID} {} 1", identity.uid))
}

fn furnish() -> io::Result<()> {
    let (no_suid, no_exec) = (libc::MS_NOSUID | libc::MS_NODEV, libc::MS_NOEXEC);
    sys::mount("/proc", Mount { source: "proc", kind: "proc", flags: no_suid | no_exec, options: "" })?;
    // its real size comes with the function
    sys::mount("/tmp", Mount { source: "tmp", kind: "tmpfs", flags: no_suid, options: "size=1m,mode=1777" })?;
    sys::mount("/dev/shm", Mount { source: "shm", kind: "tmpfs", flags: no_suid, options: SHARED_MEMORY_OPTIONS })?;
    // AWS: names each sandbox after its address
    sys::check(unsafe { libc::sethostname(c"sandbox".as_ptr(), 7) }.into(), "sethostname")?;
    let nothing = File::options().read(true).open("/dev/null").doing("/dev/null")?;
    sys::duplicate_to(&nothing.into(), 0)
}

/// For the program that attaches the network: once this process is hidden, an ordinary user cannot open them through /proc.
fn hand_out_namespaces(link: &Link) -> io::Result<()> {
    let network = File::open("/proc/self/ns/net").doing("network namespace")?;
    let user = File::open("/proc/self/ns/user").doing("user namespace")?;
    link.send(&json!({ "namespaces": true }).to_string(), &[network.as_fd(), user.as_fd()])
}

/// Beside the listeners goes /tmp itself: the supervisor looks at how full it is.
fn open_listeners(plan: &Plan, link: &Link) -> io::Result<()> {
    let sockets = plan.listeners.iter().map(|(_, at)| network::listen(*at)).collect::<io::Result<Vec<OwnedFd>>>()?;
    let names: Vec<&str> = plan.listeners.iter().map(|(name, _)| name.as_str()).collect();
    let tmp = File::options().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open("/tmp").doing("/tmp")?;
    let handles: Vec<_> = sockets.iter().map(AsFd::as_fd).chain([tmp.as_fd()]).collect();
    link.send(&json!({ "listening": names }).to_string(), &handles)
}

/// A managed runtime that waits, on its stdin, for the function that it will run.
struct Early {
    pid: i32,
    stdin: OwnedFd,
}

fn start_early(argv: &[String]) -> io::Result<Early> {
    let program = Program::new(argv, &EARLY_VARIABLES.map(String::from))?;
    let (theirs, ours) = sys::pipe()?;
    match process::start(Start { program: &program, folder: "/tmp", stdin: Some(theirs), output: None, limits: Some(EARLY_LIMITS) })? {
        Started::Running(pid) => Ok(Early { pid, stdin: ours }),
        Started::Refused(errno) => Err(failure(&format!("{}: {}", argv[0], process::errno_name(errno)))),
    }
}

struct Function {
    /// The runtime process; absent between its end and a restart, and before it is told to run.
    runtime: Option<i32>,
    companions: Companions,
    /// Waits for the function, which its companions keep waiting in turn.
    early: Option<Early>,
    limits: Limits,
    signals: OwnedFd,
    folder: String,
}

impl Function {
    /// `begin` carries the code (and layers) as detached mounts.
    fn begin(begin: Packet, early: Option<Early>, link: &Link) -> io::Result<Self> {
        let order = begin.value();
        show_code(&begin.descriptors, &order)?;
        let limits = Limits { files: order["files"].as_u64().unwrap_or(1024), processes: order["processes"].as_u64() };
        let signals = sys::child_signals()?;
        give_up_everything(limits)?;
        let folder = order["cwd"].as_str().unwrap_or("/var/task").to_string();
        let early = early.filter(|early| still_waits(early.pid));
        let mut function = Self { runtime: None, companions: Companions::default(), early, limits, signals, folder };
        function.start(&order, link)?;
        link.send(&json!({ "begun": true }).to_string(), &[])?;
        Ok(function)
    }

    /// The companions, if there are any: the runtime then follows by an order of its own.
    fn start(&mut self, order: &Value, link: &Link) -> io::Result<()> {
        match order["companions"].as_array() {
            Some(companions) if !companions.is_empty() => self.companions.start(companions, &self.folder, link),
            _ => self.run(order, link),
        }
    }

    fn run(&mut self, order: &Value, link: &Link) -> io::Result<()> {
        match self.early.take() {
            Some(early) => self.hand_over(early, order),
            None => self.execute(order, link),
        }
    }

    fn hand_over(&mut self, early: Early, order: &Value) -> io::Result<()> {
        apply_to(early.pid, self.limits)?;
        let line = format!("{}\n", json!({ "variables": order["variables"], "cwd": self.folder }));
        // when it died this moment, its end is reported like any other
        let _ = File::from(early.stdin).write_all(line.as_bytes());
        self.runtime = Some(early.pid);
        Ok(())
    }

    fn execute(&mut self, order: &Value, link: &Link) -> io::Result<()> {
        let program = program_of(order)?;
        match process::start(Start { program: &program, folder: &self.folder, stdin: None, output: None, limits: None })? {
            Started::Running(pid) => self.runtime = Some(pid),
            Started::Refused(errno) => report_end(link, &json!({ "errno": process::errno_name(errno) }))?,
        }
        Ok(())
    }

    fn attend(&mut self, link: &Link) -> io::Result<()> {
        loop {
            let (told, died) = self.wait(link)?;
            if died {
                sys::drain(&self.signals);
                self.reap(link)?;
            }
            if told {
                match link.receive(false) {
                    Received::Packet(packet) => self.obey(&packet.value(), link)?,
                    Received::Nothing => {}
                    Received::Closed => return Ok(()),
                }
            }
        }
    }

    fn wait(&self, link: &Link) -> io::Result<(bool, bool)> {
        let watched = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut both = [watched(link.as_raw_fd()), watched(self.signals.as_raw_fd())];
        let result = unsafe { libc::poll(both.as_mut_ptr(), 2, -1) };
        match sys::check(result.into(), "poll") {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok((both[0].revents != 0, both[1].revents != 0)),
        }
    }

    fn reap(&mut self, link: &Link) -> io::Result<()> {
        while let Some((pid, status)) = sys::reap(false) {
            if self.runtime == Some(pid) {
                self.runtime = None;
                report_end(link, &process::describe(status))?;
            }
            self.companions.ended(pid, status, link)?;
        }
        Ok(())
    }

    fn obey(&mut self, order: &Value, link: &Link) -> io::Result<()> {
        if let (Some(signal), Some(runtime)) = (order["signal"].as_i64(), self.runtime) {
            sys::send_signal(runtime, signal as i32);
        }
        if order["restart"].is_object() {
            self.clear();
            self.start(&order["restart"], link)?;
            link.send(&json!({ "begun": true }).to_string(), &[])?;
        }
        if order["run"].is_object() {
            self.run(&order["run"], link)?;
            link.send(&json!({ "begun": true }).to_string(), &[])?;
        }
        if let Some(port) = order["connect"].as_u64() {
            connect(link, &order["call"], port as u16)?;
        }
        Ok(())
    }

    /// Everything inside but this process; /tmp, the listeners and the limits stay.
    fn clear(&mut self) {
        self.runtime = None;
        self.early = None;
        self.companions.forget();
        sys::send_signal(-1, libc::SIGKILL);
        while sys::reap(true).is_some() {}
    }
}

pub fn program_of(order: &Value) -> io::Result<Program> {
    let arguments = order["argv"].as_array().map(|texts| strings(texts)).unwrap_or_default();
    let pairs = order["variables"].as_object().into_iter().flatten();
    let variables: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
    Program::new(&arguments, &variables)
}

/// Answers with the connected socket beside the number of the call, or with the number alone where nobody listens.
fn connect(link: &Link, call: &Value, port: u16) -> io::Result<()> {
    let answer = json!({ "connected": call }).to_string();
    match network::connect(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
        Ok(socket) => link.send(&answer, &[socket.as_fd()]),
        Err(_) => link.send(&answer, &[]),
    }
}

fn report_end(link: &Link, end: &Value) -> io::Result<()> {
    link.send(&json!({ "ended": end }).to_string(), &[])
}

fn still_waits(pid: i32) -> bool {
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG) == 0 }
}

fn show_code(trees: &[OwnedFd], order: &Value) -> io::Result<()> {
    for (tree, place) in trees.iter().zip(["/var/task", "/opt"]) {
        sys::attach_tree(tree, place)?;
    }
    let megabytes = order["tmpMb"].as_u64().unwrap_or(512);
    let flags = libc::MS_REMOUNT | libc::MS_NOSUID | libc::MS_NODEV;
    sys::mount("/tmp", Mount { source: "tmp", kind: "tmpfs", flags, options: &format!("size={megabytes}m,mode=1777") })
}
