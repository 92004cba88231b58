//! Memory, processor, threads, children, connections and surroundings.

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

static INVOCATIONS: AtomicU64 = AtomicU64::new(0);
static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

pub fn count_invocations() -> u64 {
    INVOCATIONS.fetch_add(1, Ordering::Relaxed) + 1
}

pub fn spin(ms: u64) -> Value {
    let begun = Instant::now();
    let mut turns = 0u64;
    while begun.elapsed() < Duration::from_millis(ms) {
        turns = std::hint::black_box(turns + 1);
    }
    json!({ "turns": turns })
}

pub fn allocate(mb: usize, keep: bool) -> Value {
    // Ones and not zeros: zeroed pages would not be backed by memory.
    let bytes = std::hint::black_box(vec![1u8; mb << 20]);
    if keep {
        *KEPT.lock().expect("not poisoned") = bytes;
    }
    json!({ "allocatedMb": mb })
}

pub fn fork(ms: u64, exit: bool) -> Value {
    // SAFETY: the runtime is single-threaded here, and the child only sleeps, writes and exits.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        thread::sleep(Duration::from_millis(ms));
        // SAFETY: a constant buffer of six bytes.
        unsafe {
            libc::write(1, c"child\n".as_ptr().cast(), 6);
            libc::_exit(0)
        }
    }
    if exit {
        std::process::exit(0);
    }
    json!({ "child": pid })
}

pub fn connect(address: &str, timeout_ms: u64) -> Value {
    let outcome = address.to_socket_addrs().and_then(|mut found| {
        let first = found.next().ok_or_else(|| std::io::Error::other("no address"))?;
        TcpStream::connect_timeout(&first, Duration::from_millis(timeout_ms))
    });
    match outcome {
        Ok(_) => json!("connected"),
        Err(error) => json!({ "error": error.to_string(), "errno": error.raw_os_error() }),
    }
}

pub fn wait(address: &str) -> Value {
    let mut word = String::new();
    let heard = TcpStream::connect(address).and_then(|mut connection| {
        connection.write_all(b"here\n")?;
        BufReader::new(connection).read_line(&mut word)
    });
    match heard {
        Ok(_) => json!({ "word": word.trim_end() }),
        Err(error) => json!({ "error": error.to_string(), "errno": error.raw_os_error() }),
    }
}

pub fn threads(count: usize) -> Value {
    for n in 0..count {
        if let Err(error) = thread::Builder::new().stack_size(65_536).spawn(|| thread::sleep(Duration::from_secs(5))) {
            return json!({ "started": n, "error": error.to_string(), "errno": error.raw_os_error() });
        }
    }
    json!({ "started": count })
}

pub fn children(count: usize) -> Value {
    let mut started: Vec<Child> = Vec::new();
    let mut refusal = None;
    while started.len() < count && refusal.is_none() {
        match Command::new("sleep").arg("60").spawn() {
            Ok(child) => started.push(child),
            Err(error) => refusal = Some(error),
        }
    }
    let answer = json!({ "started": started.len(), "error": refusal.as_ref().map(ToString::to_string), "errno": refusal.and_then(|error| error.raw_os_error()) });
    for child in &mut started {
        let _ = child.kill();
        let _ = child.wait();
    }
    answer
}

pub fn environment() -> Value {
    let variables: Map<String, Value> = std::env::vars().map(|(name, value)| (name, value.into())).collect();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    json!({
        "variables": variables,
        "arguments": std::env::args().collect::<Vec<_>>(),
        "directory": std::env::current_dir().ok(),
        // SAFETY: getuid() cannot fail.
        "uid": unsafe { libc::getuid() },
        "openFilesMax": open_files_max(),
        "capabilities": status.lines().find_map(|line| line.strip_prefix("CapEff:")).map(str::trim),
        "noNewPrivileges": status.lines().find_map(|line| line.strip_prefix("NoNewPrivs:")).map(str::trim),
        "seccomp": status.lines().find_map(|line| line.strip_prefix("Seccomp:")).map(str::trim),
    })
}

fn open_files_max() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes one struct that we own.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    limit.rlim_cur
}
