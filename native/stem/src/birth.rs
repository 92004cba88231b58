//! The midwife of a sandbox, a short-lived process between `stem serve` and pid 1: it joins the groups, waits for its order, enters the shape,
//! gives up its uid and clones.
//!
//! It may be there before its sandbox is wanted. To join a group takes the kernel 10 ms, in which it waits for every processor (an RCU grace
//! period), and nothing of a sandbox has to be known for it.
//!
//! The clone becomes a child of `stem serve` itself (CLONE_PARENT): one process less per sandbox, and `stem serve` is the one that reaps it,
//! so the pid that it remembers cannot belong to anybody else.

use crate::init::{self, Identity};
use crate::link::{Link, Packet, Received};
use crate::shape::{HOST, Plan};
use crate::sys::{self, Doing, failure};
use serde_json::{Value, json};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

const NEW_NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// What she is told: as text {plan, uid}, and beside it the shape's root and where the sandbox prints.
/// `uid`: one that no other sandbox has; absent where only our own is to be had.
pub fn order(plan: &Value, uid: Option<u32>) -> String {
    json!({ "plan": plan, "uid": uid }).to_string()
}

/// `groups`: directories of cgroups, as the host sees them.
pub fn attend(groups: &[String], link: &Link) -> ! {
    match join(groups, link).and_then(|()| give_birth(link)) {
        Ok(()) => sys::exit_now(0),
        Err(error) => {
            let _ = link.send(&json!({ "failed": error.to_string() }).to_string(), &[]);
            sys::exit_now(1)
        }
    }
}

fn join(groups: &[String], link: &Link) -> io::Result<()> {
    sys::die_with_parent()?;
    sys::close_others(link.as_raw_fd());
    for group in groups {
        sys::write_file(&format!("{HOST}{group}/cgroup.procs"), "0").doing("joining a group")?;
    }
    Ok(())
}

fn give_birth(link: &Link) -> io::Result<()> {
    let Received::Packet(packet) = link.receive(true) else { return Ok(()) };
    let plan = Plan::of(&packet.value()["plan"])?;
    let identity = enter(packet)?;
    match sys::clone_process(NEW_NAMESPACES | libc::CLONE_PARENT)? {
        0 => init::run(&plan, link, &identity),
        pid => link.send(&json!({ "init": pid }).to_string(), &[]),
    }
}

fn enter(packet: Packet) -> io::Result<Identity> {
    let uid = packet.value()["uid"].as_u64().map(|uid| uid as u32);
    let [root, output]: [OwnedFd; 2] = packet.descriptors.try_into().map_err(|_| failure("an order without a root and an output"))?;
    sys::enter_namespace(&root, libc::CLONE_NEWNS).doing("entering the shape")?;
    if let Some(uid) = uid {
        // else a function that opens /dev/stderr by name would be refused: the pipe would be root's
        sys::set_owner(&output, uid)?;
    }
    sys::duplicate_to(&output, 1)?;
    sys::duplicate_to(&output, 2)?;
    if let Some(uid) = uid {
        sys::become_user(uid)?;
        // a change of uid makes a process undumpable, and then it may not write its own uid_map
        sys::control(libc::PR_SET_DUMPABLE, 1)?;
    }
    let (uid, gid) = sys::effective_ids();
    Ok(Identity { uid, gid })
}
