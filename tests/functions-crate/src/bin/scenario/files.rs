//! What a function may do to files: every answer names the system's error, if there was one.

use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;

pub fn write(path: &str, text: &str) -> Value {
    match fs::write(path, text) {
        Ok(()) => json!({ "written": text.len() }),
        Err(error) => failed(&error),
    }
}

pub fn read(path: &str) -> Value {
    match fs::read(path) {
        Ok(bytes) => json!({ "text": String::from_utf8_lossy(&bytes) }),
        Err(error) => failed(&error),
    }
}

pub fn list(path: &str) -> Value {
    let names = fs::read_dir(path).and_then(|entries| {
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<std::io::Result<Vec<_>>>()
    });
    match names {
        Ok(mut names) => {
            names.sort();
            json!({ "names": names })
        }
        Err(error) => failed(&error),
    }
}

pub fn fill(path: &str, mb: usize) -> Value {
    let block = vec![b'x'; 1 << 20];
    let mut file = match File::create(path) {
        Ok(file) => file,
        Err(error) => return failed(&error),
    };
    for n in 0..mb {
        if let Err(error) = file.write_all(&block) {
            return json!({ "writtenMb": n, "error": error.to_string(), "errno": error.raw_os_error() });
        }
    }
    json!({ "writtenMb": mb })
}

pub fn open_many(count: usize) -> Value {
    let mut open = Vec::new();
    for _ in 0..count {
        match File::open("/dev/null") {
            Ok(file) => open.push(file),
            Err(error) => return json!({ "opened": open.len(), "error": error.to_string(), "errno": error.raw_os_error() }),
        }
    }
    json!({ "opened": open.len() })
}

fn failed(error: &std::io::Error) -> Value {
    json!({ "error": error.to_string(), "errno": error.raw_os_error() })
}
