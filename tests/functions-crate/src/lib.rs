//! The Runtime API spoken by hand over one connection, for functions that must break its rules. Well-behaved functions use the runtime crate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const BASE: &str = "/2018-06-01/runtime";

pub struct Invocation {
    pub request_id: String,
    pub payload: Vec<u8>,
}

pub struct RuntimeApi {
    connection: BufReader<TcpStream>,
}

impl RuntimeApi {
    pub fn connect() -> Self {
        let address = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("AWS_LAMBDA_RUNTIME_API is set");
        let connection = TcpStream::connect(address).expect("the Runtime API listens");
        connection.set_nodelay(true).expect("TCP_NODELAY");
        Self { connection: BufReader::new(connection) }
    }

    pub fn next_event(&mut self) -> Invocation {
        self.send(&format!("GET {BASE}/invocation/next HTTP/1.1\r\nhost: lambda\r\n\r\n"), b"");
        let (_, headers, payload) = self.receive();
        let request_id = headers.iter().find(|(name, _)| name == "lambda-runtime-aws-request-id").expect("a request id").1.clone();
        Invocation { request_id, payload }
    }

    /// Status code of the answer.
    pub fn respond(&mut self, request_id: &str, body: &[u8]) -> u16 {
        self.post(&format!("/invocation/{request_id}/response"), "", body)
    }

    pub fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> u16 {
        let length = body.len();
        self.send(&format!("POST {BASE}{path} HTTP/1.1\r\nhost: lambda\r\ncontent-length: {length}\r\n{headers}\r\n"), body);
        self.receive().0
    }

    /// Bytes as they are: for requests that are never completed, or chunked ones.
    pub fn send(&mut self, head: &str, body: &[u8]) {
        let stream = self.connection.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("the Runtime API reads");
    }

    pub fn receive(&mut self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let status = self.line().split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let body = self.body(&headers);
        (status, headers, body)
    }

    fn body(&mut self, headers: &[(String, String)]) -> Vec<u8> {
        let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().expect("a length"));
        match length {
            Some(length) => self.exactly(length),
            None => self.chunks(),
        }
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line(), 16).expect("a chunk size");
            body.extend(self.exactly(size));
            self.line();
            if size == 0 {
                return body;
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.connection.read_exact(&mut bytes).expect("the whole body");
        bytes
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.connection.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}
