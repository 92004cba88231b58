//! What `stem serve` knows of one sandbox: its processes, its groups, its end of the link.

use crate::birth;
use crate::link::Link;
use crate::outbound::Outbound;
use crate::shape::{HOST, Shape, strings};
use crate::sys::{self, Doing};
use serde_json::Value;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

pub struct Sandbox {
    pub link: Link,
    /// The reading end of stdout and stderr, until Node has opened its own through /proc.
    pub output: Option<OwnedFd>,
    /// The same of its companions, as long as it lives.
    pub beside: Option<OwnedFd>,
    /// Its /tmp, for Node to ask through /proc how full it is.
    pub tmp: Option<OwnedFd>,
    pub groups: Vec<String>,
    pub slot: usize,
    pub shape: u64,
    pub init: Option<i32>,
    pub way_out: WayOut,
    pub is_listening: bool,
    /// The short-lived process that clones pid 1.
    midwife: Option<i32>,
    is_wanted: bool,
    /// A frozen process of a v1 freezer dies only when it is thawed: the file, and what to write.
    thaw: Option<(String, String)>,
    is_doomed: bool,
}

/// How far the network of a sandbox is.
pub enum WayOut {
    NotWanted,
    /// Its function must wait; the order that would start it, if there is one yet.
    Awaited(Option<Outbound>, Option<Value>),
    Attached(Outbound),
}

impl WayOut {
    pub fn outbound(&mut self) -> Option<&mut Outbound> {
        match self {
            WayOut::NotWanted => None,
            WayOut::Awaited(outbound, _) => outbound.as_mut(),
            WayOut::Attached(outbound) => Some(outbound),
        }
    }
}

impl Sandbox {
    /// Its groups and its midwife, who waits in them for prepare().
    pub fn expect(order: &Value, slot: usize) -> io::Result<Self> {
        let groups = order["groups"].as_array().map(|paths| strings(paths)).unwrap_or_default();
        make_groups(&groups)?;
        Self::fork(slot, &groups).inspect_err(|_| remove_empty(&groups))
    }

    fn fork(slot: usize, groups: &[String]) -> io::Result<Self> {
        let (ours, theirs) = Link::pair()?;
        let midwife = sys::clone_process(0)?;
        if midwife == 0 {
            birth::attend(groups, &theirs);
        }
        Ok(Self {
            link: ours,
            output: None,
            beside: None,
            tmp: None,
            groups: groups.to_vec(),
            slot,
            shape: 0,
            init: None,
            way_out: WayOut::NotWanted,
            is_listening: false,
            midwife: Some(midwife),
            is_wanted: false,
            thaw: None,
            is_doomed: false,
        })
    }

    pub fn prepare(&mut self, shape: &Shape, order: &Value) -> io::Result<()> {
        let (output, theirs) = sys::pipe()?;
        let uid = order["uid"].as_u64().map(|base| base as u32 + self.slot as u32);
        let thaw = order["thaw"]["file"].as_str().zip(order["thaw"]["text"].as_str());
        self.thaw = thaw.map(|(file, text)| (format!("{HOST}{file}"), text.to_string()));
        if shape.outbound.is_some() {
            self.way_out = WayOut::Awaited(None, None);
        }
        self.output = Some(output);
        self.link.send(&birth::order(&shape.plan, uid), &[shape.root.as_fd(), theirs.as_fd()])?;
        self.is_wanted = true;
        Ok(())
    }

    pub fn was_born(&mut self, pid: i32) {
        self.init = Some(pid);
        if self.is_doomed {
            sys::send_signal(pid, libc::SIGKILL);
        }
    }

    /// Nothing is to be started for it any more: who ends it would not know of that, and `end_all` would wait for it for ever.
    pub fn is_doomed(&self) -> bool {
        self.is_doomed
    }

    /// The kernel kills everything inside when pid 1 dies.
    pub fn kill(&mut self) {
        self.is_doomed = true;
        if let Some(pid) = self.init.or(if self.is_wanted { None } else { self.midwife }) {
            sys::send_signal(pid, libc::SIGKILL);
        }
        if let Some((file, text)) = &self.thaw {
            let _ = sys::write_file(file, text);
        }
    }

    /// True when the death of `pid` is the end of this sandbox: of its pid 1, or of the midwife without a birth.
    pub fn has_ended(&mut self, pid: i32) -> bool {
        if self.midwife == Some(pid) {
            self.midwife = None;
            return self.init.is_none();
        }
        if let Some(outbound) = self.way_out.outbound().filter(|outbound| outbound.pid == pid) {
            outbound.has_ended();
        }
        self.init == Some(pid)
    }

    pub fn end_outbound(&mut self) {
        if let Some(outbound) = self.way_out.outbound() {
            outbound.kill();
        }
    }

    /// Forgets those that are gone, keeps those that the kernel still holds.
    pub fn remove_groups(&mut self) {
        self.groups.retain(|group| match fs::remove_dir(format!("{HOST}{group}")) {
            Ok(()) => false,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        });
    }
}

/// All or none.
fn make_groups(groups: &[String]) -> io::Result<()> {
    for (count, group) in groups.iter().enumerate() {
        if let Err(error) = fs::create_dir(format!("{HOST}{group}")) {
            remove_empty(&groups[..count]);
            return Err(error).doing(group);
        }
    }
    Ok(())
}

fn remove_empty(groups: &[String]) {
    for group in groups {
        let _ = fs::remove_dir(format!("{HOST}{group}"));
    }
}
