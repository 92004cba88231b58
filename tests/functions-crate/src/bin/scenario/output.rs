//! What goes to stdout and stderr.

use serde_json::{Value, json};
use std::io::{self, Write};

pub fn lines(count: usize, text: &str, stderr: bool) -> io::Result<Value> {
    let mut out: Box<dyn Write> = if stderr { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    for n in 0..count {
        writeln!(out, "{n}{text}")?;
    }
    out.flush()?;
    Ok(json!({ "lines": count }))
}

pub fn bytes(count: usize) -> io::Result<Value> {
    let block = [b'x'; 65_536];
    let mut out = io::stdout().lock();
    let mut left = count;
    while left > 0 {
        let now = left.min(block.len());
        out.write_all(&block[..now])?;
        left -= now;
    }
    out.flush()?;
    Ok(json!({ "bytes": count }))
}

pub fn hex(digits: &str) -> io::Result<Value> {
    let bytes: Vec<u8> = (0..digits.len() / 2).filter_map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).ok()).collect();
    let mut out = io::stdout().lock();
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(json!({ "bytes": bytes.len() }))
}
