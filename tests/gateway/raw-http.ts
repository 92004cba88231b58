// Sends bytes to a port as they are, for requests that no client would send.

import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Writes `request` and reads until the server ends the connection; "Connection: close" is up to the request. */
export function exchangeRaw(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A reset after the answer is how a server ends a connection whose request it will not read.
    socket.on("error", (error) => (chunks.length > 0 ? finish() : reject(error)));
    socket.on("close", finish);
    function finish() {
      const text = Buffer.concat(chunks).toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      resolve({ status: Number(text.slice(9, 12)), head: text.slice(0, end), body: text.slice(end + 4) });
    }
  });
}

/** A request line, headers and a body with its length. */
export function requestText(line: string, headers: Readonly<Record<string, string>> = {}, body = ""): string {
  const all = {
    host: "127.0.0.1",
    connection: "close",
    ...(body ? { "content-length": String(Buffer.byteLength(body)) } : {}),
    ...headers,
  };
  const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${text.join("")}\r\n${body}`;
}
