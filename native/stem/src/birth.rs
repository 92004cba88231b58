//! The short-lived process between `stem serve` and pid 1 of a sandbox: it joins the groups, enters the shape, gives up its uid and clones.
//!
//! The clone becomes a child of `stem serve` itself (CLONE_PARENT): one process less per sandbox, and `stem serve` is the one that reaps it,
//! so the pid that it remembers cannot belong to anybody else.

use crate::init::{self, Identity};
use crate::link::Link;
use crate::shape::{HOST, Shape};
use crate::sys::{self, Doing};
use serde_json::json;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

pub struct Order {
    /// Directories of cgroups, as the host sees them.
    pub groups: Vec<String>,
    /// A uid that no other sandbox has; absent where only our own is to be had.
    pub uid: Option<u32>,
}

const NEW_NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

pub fn give_birth(shape: &Shape, order: &Order, link: &Link, output: &OwnedFd) -> ! {
    let outcome =
        prepare(shape, order, link, output).and_then(|identity| Ok((identity, sys::clone_process(NEW_NAMESPACES | libc::CLONE_PARENT)?)));
    match outcome {
        Ok((identity, 0)) => init::run(shape, link, &identity),
        Ok((_, pid)) => {
            let _ = link.send(&json!({ "init": pid }).to_string(), &[]);
            sys::exit_now(0)
        }
        Err(error) => {
            let _ = link.send(&json!({ "failed": error.to_string() }).to_string(), &[]);
            sys::exit_now(1)
        }
    }
}

fn prepare(shape: &Shape, order: &Order, link: &Link, output: &OwnedFd) -> io::Result<Identity> {
    sys::die_with_parent()?;
    for group in &order.groups {
        sys::write_file(&format!("{HOST}{group}/cgroup.procs"), "0").doing("joining a group")?;
    }
    sys::enter_namespace(&shape.root, libc::CLONE_NEWNS).doing("entering the shape")?;
    if let Some(uid) = order.uid {
        // else a function that opens /dev/stderr by name would be refused: the pipe would be root's
        sys::set_owner(output, uid)?;
    }
    sys::duplicate_to(output, 1)?;
    sys::duplicate_to(output, 2)?;
    sys::close_others(link.as_raw_fd());
    if let Some(uid) = order.uid {
        sys::become_user(uid)?;
        // a change of uid makes a process undumpable, and then it may not write its own uid_map
        sys::control(libc::PR_SET_DUMPABLE, 1)?;
    }
    let (uid, gid) = sys::effective_ids();
    Ok(Identity { uid, gid })
}
