//! Programs that run beside the runtime in one sandbox. What they print goes into a pipe of their own.

use crate::init::program_of;
use crate::link::Link;
use crate::process::{self, Start, Started};
use crate::sys;
use libc::c_int;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

#[derive(Default)]
pub struct Companions {
    running: BTreeMap<i32, String>,
    /// The writing end; `stem serve` has the other one.
    output: Option<OwnedFd>,
}

impl Companions {
    /// One that cannot be executed is reported as ended, and the others are started all the same.
    pub fn start(&mut self, orders: &[Value], folder: &str, link: &Link) -> io::Result<()> {
        if self.output.is_none() {
            let (theirs, ours) = sys::pipe()?;
            link.send(&json!({ "beside": true }).to_string(), &[theirs.as_fd()])?;
            self.output = Some(ours);
        }
        for order in orders {
            let name = order["name"].as_str().unwrap_or_default();
            let program = program_of(order)?;
            let start = Start { program: &program, folder, stdin: None, output: self.output.as_ref(), limits: None };
            match process::start(start)? {
                Started::Running(pid) => drop(self.running.insert(pid, name.to_string())),
                Started::Refused(errno) => report(link, name, &json!({ "errno": process::errno_name(errno) }))?,
            }
        }
        Ok(())
    }

    pub fn ended(&mut self, pid: i32, status: c_int, link: &Link) -> io::Result<()> {
        match self.running.remove(&pid) {
            Some(name) => report(link, &name, &process::describe(status)),
            None => Ok(()),
        }
    }

    /// They are being killed: their ends are no news.
    pub fn forget(&mut self) {
        self.running.clear();
    }
}

fn report(link: &Link, name: &str, end: &Value) -> io::Result<()> {
    link.send(&json!({ "ended": end, "name": name }).to_string(), &[])
}
