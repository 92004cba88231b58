//! `stem serve`: the only process that forks. It takes orders from Node, one JSON line each, and answers in the same way.
//!
//! ```text
//! {shape: N, spec}                              ─▶  nothing, or {shape: N, failed}
//! {expect: ID, groups}                           ─▶  nothing: its first half is made, for a prepare with the same id
//! {prepare: ID, shape: N, groups, thaw, uid}    ─▶  {id, listener} with a handle, for each; then {id, ready: {output: FD, tmp: FD, init: PID}}
//! {start: ID, code, layers, limits, begin}      ─▶  {id, say: {begun}} after {id, say: {ended: {errno}}} if the exec failed
//!                                                   with companions {id, say: {beside: FD}} first, and {run} starts the runtime
//! {tell: ID, order: {signal} | {restart} | {run}}
//!                                               ─▶  {id, say: {begun | ended [, name of a companion]}}
//! {tell: ID, order: {connect: PORT, call}}      ─▶  {id, connected: CALL} with a handle, or {id, say: {connected: CALL}} where nobody listens
//! {kill: ID}                                    ─▶  {id, gone, left: [groups that could not be removed]}
//! ```
//! Single-threaded, and the parent of every pid 1: until it reaped one, that pid is nobody else's.

use crate::channel::Channel;
use crate::limits::is_privileged;
use crate::link::{Packet, Received};
use crate::outbound::Namespaces;
use crate::sandbox::{Sandbox, WayOut};
use crate::shape::{HOST, Shape, tree_of};
use crate::sys::{self, Doing, Mount, failure};
use crate::watch::Watch;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

const CHANNEL: u64 = u64::MAX;
const SIGNALS: u64 = u64::MAX - 1;
/// Set in the tag of a descriptor that tells when a sandbox has its way out.
const OUTBOUND: u64 = 1 << 62;

const GROUP_RETRY: Duration = Duration::from_millis(5);
const GROUP_RETRIES: u32 = 50;

pub fn serve() -> io::Result<()> {
    let channel = Channel::from_environment()?;
    sys::forget_arguments_and_environment();
    let enters_alone = !is_privileged();
    if let Err(error) = set_up_view(enters_alone) {
        return channel.send(&json!({ "unusable": error.to_string() }));
    }
    channel.send(&json!({ "serving": true, "privileged": !enters_alone }))?;
    let mut server = Server::new(channel)?;
    let outcome = server.run();
    server.end_all(); // also when Node went while something was said to it
    outcome
}

/// {file, text, isOptional}: a write to a file of a group.
fn set_limit(limit: &Value) -> io::Result<()> {
    let (file, text) = (limit["file"].as_str().unwrap_or_default(), limit["text"].as_str().unwrap_or_default());
    sys::write_file(&format!("{HOST}{file}"), text).or_else(|error| if limit["isOptional"] == true { Ok(()) } else { Err(error) })
}

/// A mount namespace of our own, in which the host's root is at /host. Without rights, in a user namespace that gives them.
fn set_up_view(with_user_namespace: bool) -> io::Result<()> {
    let (uid, gid) = sys::effective_ids();
    if with_user_namespace {
        sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS).doing("user namespace")?;
        sys::write_file("/proc/self/setgroups", "deny")?;
        sys::write_file("/proc/self/gid_map", &format!("{gid} {gid} 1"))?;
        sys::write_file("/proc/self/uid_map", &format!("{uid} {uid} 1"))?;
    } else {
        sys::unshare(libc::CLONE_NEWNS).doing("mount namespace")?;
    }
    // what the host mounts later appears here too, and nothing goes the other way
    sys::set_propagation("/", libc::MS_REC | libc::MS_SLAVE).doing("mount propagation")?;
    let any_folder = "/tmp";
    sys::mount(any_folder, Mount { source: "root", kind: "tmpfs", flags: libc::MS_NOSUID | libc::MS_NODEV, options: "size=64k,mode=755" })?;
    let host = format!("{any_folder}{HOST}");
    std::fs::create_dir(&host).doing(&host)?;
    sys::pivot_root(any_folder, &host)
}

struct Server {
    channel: Channel,
    signals: OwnedFd,
    watch: Watch,
    /// Those that could not be built, with the reason.
    shapes: BTreeMap<u64, Result<Shape, String>>,
    sandboxes: BTreeMap<u64, Sandbox>,
    /// Ended sandboxes whose groups the kernel still holds: id, answer to Node, tries so far.
    leaving: Vec<(u64, Sandbox, Value, u32)>,
    slots: Vec<bool>,
}

impl Server {
    fn new(channel: Channel) -> io::Result<Self> {
        let (watch, signals) = (Watch::new()?, sys::child_signals()?);
        watch.add(channel.as_raw_fd(), CHANNEL)?;
        watch.add(signals.as_raw_fd(), SIGNALS)?;
        Ok(Self { channel, signals, watch, shapes: BTreeMap::new(), sandboxes: BTreeMap::new(), leaving: Vec::new(), slots: Vec::new() })
    }

    /// Until Node is gone.
    fn run(&mut self) -> io::Result<()> {
        loop {
            let timeout = if self.leaving.is_empty() { None } else { Some(GROUP_RETRY) };
            for tag in self.watch.wait(timeout)? {
                match tag {
                    CHANNEL => {
                        let Some(orders) = self.channel.receive() else { return Ok(()) };
                        for order in orders {
                            self.obey(&order)?;
                        }
                    }
                    SIGNALS => self.reap()?,
                    tag if tag & OUTBOUND != 0 => self.outbound_spoke(tag & !OUTBOUND)?,
                    id => self.hear(id)?,
                }
            }
            self.retry_groups()?;
        }
    }

    fn obey(&mut self, order: &Value) -> io::Result<()> {
        let id_of = |key: &str| order[key].as_u64();
        if let Some(id) = id_of("prepare") {
            let outcome = self.prepare(id, order);
            let was_made = outcome.is_ok();
            self.report_failure(id, outcome)?;
            return if was_made { Ok(()) } else { self.drop_unmade(id) };
        }
        if let Some(id) = id_of("expect") {
            // whatever kept it from being made is met again, and then reported, when it is wanted
            return self.expect(id, order).or(Ok(()));
        }
        if let Some(id) = id_of("start") {
            let outcome = self.start(id, order);
            return self.report_failure(id, outcome);
        }
        if let (Some(id), true) = (id_of("tell"), order["order"].is_object()) {
            let sent = self.sandboxes.get(&id).map(|sandbox| sandbox.link.send(&order["order"].to_string(), &[]));
            return self.report_failure(id, sent.unwrap_or(Ok(())));
        }
        if let Some(id) = id_of("kill") {
            if let Some(sandbox) = self.sandboxes.get_mut(&id) {
                sandbox.kill();
            }
            return Ok(());
        }
        if let Some(number) = id_of("shape") {
            match Shape::build(&order["spec"]) {
                Ok(shape) => drop(self.shapes.insert(number, Ok(shape))),
                Err(error) => {
                    self.shapes.insert(number, Err(error.to_string()));
                    self.channel.send(&json!({ "shape": number, "failed": error.to_string() }))?;
                }
            }
        }
        Ok(())
    }

    fn report_failure(&mut self, id: u64, outcome: io::Result<()>) -> io::Result<()> {
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.channel.send(&json!({ "id": id, "failed": error.to_string() })),
        }
    }

    fn expect(&mut self, id: u64, order: &Value) -> io::Result<()> {
        if self.sandboxes.contains_key(&id) {
            return Ok(());
        }
        let slot = self.slots.iter().position(|taken| !taken).unwrap_or(self.slots.len());
        let sandbox = Sandbox::expect(order, slot)?;
        if slot == self.slots.len() {
            self.slots.push(false);
        }
        self.slots[slot] = true;
        self.watch.add(sandbox.link.as_raw_fd(), id)?;
        self.sandboxes.insert(id, sandbox);
        Ok(())
    }

    fn prepare(&mut self, id: u64, order: &Value) -> io::Result<()> {
        self.expect(id, order)?;
        let number = order["shape"].as_u64().unwrap_or_default();
        let shape = match self.shapes.get(&number) {
            Some(Ok(shape)) => shape,
            Some(Err(because)) => return Err(failure(because)),
            None => return Err(failure("no such shape")),
        };
        let sandbox = self.sandboxes.get_mut(&id).ok_or_else(|| failure("the sandbox is gone"))?;
        sandbox.shape = number;
        sandbox.prepare(shape, order)
    }

    /// A half that was made all the same ends like any other.
    fn drop_unmade(&mut self, id: u64) -> io::Result<()> {
        match self.sandboxes.get_mut(&id) {
            Some(sandbox) => sandbox.kill(),
            None => self.channel.send(&json!({ "id": id, "gone": {} }))?,
        }
        Ok(())
    }

    fn start(&mut self, id: u64, order: &Value) -> io::Result<()> {
        let Some(sandbox) = self.sandboxes.get_mut(&id) else { return Err(failure("the sandbox is gone")) };
        sandbox.output = None; // Node has opened its own by now
        if let WayOut::Awaited(_, start) = &mut sandbox.way_out {
            *start = Some(order.clone());
            return Ok(());
        }
        for limit in order["limits"].as_array().map(Vec::as_slice).unwrap_or_default() {
            set_limit(limit)?;
        }
        let folders = [order["code"].as_str(), order["layers"].as_str()];
        let trees = folders.into_iter().flatten().map(tree_of).collect::<io::Result<Vec<_>>>()?;
        let handles: Vec<_> = trees.iter().map(AsFd::as_fd).collect();
        sandbox.link.send(&order["begin"].to_string(), &handles)
    }

    fn hear(&mut self, id: u64) -> io::Result<()> {
        loop {
            let Some(sandbox) = self.sandboxes.get(&id) else { return Ok(()) };
            match sandbox.link.receive(false) {
                Received::Packet(packet) => self.understand(id, packet)?,
                Received::Nothing => return Ok(()),
                Received::Closed => {
                    self.watch.remove(sandbox.link.as_raw_fd());
                    return Ok(());
                }
            }
        }
    }

    fn understand(&mut self, id: u64, packet: Packet) -> io::Result<()> {
        let message = packet.value();
        let Some(sandbox) = self.sandboxes.get_mut(&id) else { return Ok(()) };
        if let Some(pid) = message["init"].as_i64() {
            sandbox.was_born(pid as i32);
            return self.become_ready(id);
        }
        if let Some(names) = message["listening"].as_array() {
            for (name, handle) in names.iter().zip(&packet.descriptors) {
                self.channel.send_handle(json!({ "id": id, "listener": name }), handle.as_fd())?;
            }
            sandbox.tmp = packet.descriptors.into_iter().nth(names.len());
            sandbox.is_listening = true;
            return self.become_ready(id);
        }
        if message["namespaces"] == true {
            return self.lead_out(id, packet.descriptors);
        }
        if message["failed"].is_string() {
            return self.channel.send(&json!({ "id": id, "failed": message["failed"] }));
        }
        if message["beside"] == true {
            sandbox.beside = packet.descriptors.into_iter().next();
            let number = sandbox.beside.as_ref().map(AsRawFd::as_raw_fd);
            return self.channel.send(&json!({ "id": id, "say": { "beside": number } }));
        }
        if let (Some(call), Some(socket)) = (message["connected"].as_u64(), packet.descriptors.first()) {
            return self.channel.send_handle(json!({ "id": id, "connected": call }), socket.as_fd());
        }
        self.channel.send(&json!({ "id": id, "say": message }))
    }

    /// Meanwhile pid 1 goes on, and Node with it; only the function has to wait.
    fn lead_out(&mut self, id: u64, namespaces: Vec<OwnedFd>) -> io::Result<()> {
        let Some(sandbox) = self.sandboxes.get_mut(&id).filter(|sandbox| !sandbox.is_doomed()) else { return Ok(()) };
        let argv = self.shapes.get(&sandbox.shape).and_then(|shape| shape.as_ref().ok()?.outbound.as_ref());
        let (Some(argv), Some(namespaces)) = (argv, Namespaces::of(namespaces)) else { return Ok(()) };
        match crate::outbound::attach(argv, &namespaces) {
            Ok(outbound) => {
                self.watch.add(outbound.ready.as_raw_fd(), id | OUTBOUND)?;
                sandbox.way_out = WayOut::Awaited(Some(outbound), None);
                Ok(())
            }
            Err(error) => self.give_up(id, &error.to_string()),
        }
    }

    fn give_up(&mut self, id: u64, because: &str) -> io::Result<()> {
        if let Some(sandbox) = self.sandboxes.get_mut(&id) {
            sandbox.kill();
        }
        self.channel.send(&json!({ "id": id, "failed": because }))
    }

    /// Its listeners are open.
    fn become_ready(&mut self, id: u64) -> io::Result<()> {
        let Some(sandbox) = self.sandboxes.get_mut(&id) else { return Ok(()) };
        if !sandbox.is_listening || sandbox.init.is_none() {
            return Ok(());
        }
        let number = |fd: &Option<OwnedFd>| fd.as_ref().map(AsRawFd::as_raw_fd);
        let ready = json!({ "output": number(&sandbox.output), "tmp": number(&sandbox.tmp), "init": sandbox.init });
        self.channel.send(&json!({ "id": id, "ready": ready }))
    }

    fn outbound_spoke(&mut self, id: u64) -> io::Result<()> {
        let Some(sandbox) = self.sandboxes.get_mut(&id) else { return Ok(()) };
        let WayOut::Awaited(Some(mut outbound), start) = std::mem::replace(&mut sandbox.way_out, WayOut::NotWanted) else { return Ok(()) };
        self.watch.remove(outbound.ready.as_raw_fd());
        let is_attached = outbound.is_attached();
        sandbox.way_out = WayOut::Attached(outbound);
        if !is_attached {
            return self.give_up(id, "the program that gives a sandbox its network ended");
        }
        match start {
            Some(order) => {
                let outcome = self.start(id, &order);
                self.report_failure(id, outcome)
            }
            None => Ok(()),
        }
    }

    fn reap(&mut self) -> io::Result<()> {
        sys::drain(&self.signals);
        while let Some((pid, status)) = sys::reap(false) {
            self.hear_unborn()?;
            let ended = self.sandboxes.iter_mut().find_map(|(id, sandbox)| sandbox.has_ended(pid).then_some(*id));
            if let Some(id) = ended {
                self.hear(id)?; // its last words
                self.bury(id, crate::process::describe(status))?;
            }
        }
        Ok(())
    }

    /// The pid of a sandbox's pid 1 may stand in a packet that was not read yet.
    fn hear_unborn(&mut self) -> io::Result<()> {
        let unborn: Vec<u64> = self.sandboxes.iter().filter(|(_, sandbox)| sandbox.init.is_none()).map(|(id, _)| *id).collect();
        unborn.into_iter().try_for_each(|id| self.hear(id))
    }

    fn bury(&mut self, id: u64, end: Value) -> io::Result<()> {
        let Some(mut sandbox) = self.sandboxes.remove(&id) else { return Ok(()) };
        sandbox.beside = None;
        sandbox.tmp = None; // it would keep the files, and their memory
        self.watch.remove(sandbox.link.as_raw_fd());
        sandbox.end_outbound();
        self.leaving.push((id, sandbox, end, 0));
        self.retry_groups()
    }

    /// A group can be removed once the kernel has let go of its last process, a moment after we reaped it.
    fn retry_groups(&mut self) -> io::Result<()> {
        for (id, mut sandbox, end, tries) in std::mem::take(&mut self.leaving) {
            sandbox.remove_groups();
            if sandbox.groups.is_empty() || tries >= GROUP_RETRIES {
                self.slots[sandbox.slot] = false;
                self.channel.send(&json!({ "id": id, "gone": end, "left": sandbox.groups }))?;
            } else {
                self.leaving.push((id, sandbox, end, tries + 1));
            }
        }
        Ok(())
    }

    /// Node is gone: nothing may stay behind.
    fn end_all(&mut self) {
        for sandbox in self.sandboxes.values_mut() {
            sandbox.kill();
            sandbox.end_outbound();
        }
        while sys::reap(true).is_some() {
            let _ = self.hear_unborn(); // and kills those that were being born when the kill went out
        }
        let mut all: Vec<Sandbox> = std::mem::take(&mut self.sandboxes).into_values().collect();
        all.extend(self.leaving.drain(..).map(|(_, sandbox, _, _)| sandbox));
        for _ in 0..GROUP_RETRIES {
            all.iter_mut().for_each(Sandbox::remove_groups);
            all.retain(|sandbox| !sandbox.groups.is_empty());
            if all.is_empty() {
                break;
            }
            std::thread::sleep(GROUP_RETRY);
        }
    }
}
