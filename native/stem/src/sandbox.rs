//! What `stem serve` knows of one sandbox: its processes, its groups, its end of the link.

use crate::birth::{Order, give_birth};
use crate::link::Link;
use crate::outbound::{Namespaces, Outbound};
use crate::shape::{HOST, Shape, strings};
use crate::sys::{self, Doing};
use serde_json::Value;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;

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
    /// Until its way out is attached to them.
    pub namespaces: Option<Namespaces>,
    pub outbound: Option<Outbound>,
    pub is_listening: bool,
    /// The short-lived process that clones pid 1.
    midwife: Option<i32>,
    /// A frozen process of a v1 freezer dies only when it is thawed: the file, and what to write.
    thaw: Option<(String, String)>,
    is_doomed: bool,
}

impl Sandbox {
    pub fn prepare(shape: &Shape, order: &Value, shape_number: u64, slot: usize) -> io::Result<Self> {
        let groups = order["groups"].as_array().map(|paths| strings(paths)).unwrap_or_default();
        make_groups(&groups)?;
        Self::fork(shape, order, (shape_number, slot), &groups).inspect_err(|_| remove_empty(&groups))
    }

    fn fork(shape: &Shape, order: &Value, (shape_number, slot): (u64, usize), groups: &[String]) -> io::Result<Self> {
        let groups = groups.to_vec();
        let (ours, theirs) = Link::pair()?;
        let (output, theirs_output) = sys::pipe()?;
        let uid = order["uid"].as_u64().map(|base| base as u32 + slot as u32);
        let midwife = sys::clone_process(0)?;
        if midwife == 0 {
            give_birth(shape, &Order { groups, uid }, &theirs, &theirs_output);
        }
        let thaw = order["thaw"]["file"].as_str().zip(order["thaw"]["text"].as_str());
        Ok(Self {
            link: ours,
            output: Some(output),
            beside: None,
            tmp: None,
            groups,
            slot,
            shape: shape_number,
            init: None,
            namespaces: None,
            outbound: None,
            is_listening: false,
            midwife: Some(midwife),
            thaw: thaw.map(|(file, text)| (format!("{HOST}{file}"), text.to_string())),
            is_doomed: false,
        })
    }

    pub fn was_born(&mut self, pid: i32) {
        self.init = Some(pid);
        if self.is_doomed {
            sys::send_signal(pid, libc::SIGKILL);
        }
    }

    /// The kernel kills everything inside when pid 1 dies.
    pub fn kill(&mut self) {
        self.is_doomed = true;
        if let Some(pid) = self.init {
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
        if self.outbound.as_ref().is_some_and(|outbound| outbound.pid == pid) {
            self.outbound = self.outbound.take().map(Outbound::ended);
        }
        self.init == Some(pid)
    }

    pub fn end_outbound(&self) {
        if let Some(outbound) = &self.outbound {
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
