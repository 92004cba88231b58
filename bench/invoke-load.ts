// A load client that costs little: raw keep-alive connections, one request at a time on each. argv: port, path, clients, count, body.
// Prints {"perSecond","p50Ms","p99Ms"}.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const [port, path, clients, count, body] = process.argv.slice(2) as [string, string, string, string, string];
// As a real client sends it; an open server takes the key at its word.
const credential = "AWS4-HMAC-SHA256 Credential=bench/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";
const request = Buffer.from(
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${credential}\r\nX-Amz-Date: 20260101T000000Z\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

const latencies = new Float64Array(Number(count));
let done = 0;
let left = Number(count);

/** Whether a whole answer is there; both servers send a Content-Length. Throws where the answer is a failure, of the function too. */
function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return false;
  if (!received.startsWith("HTTP/1.1 200") || /^x-amz-function-error/im.test(received)) throw new Error(received);
  return received.length >= end + 4 + Number(/^content-length: (\d+)/im.exec(received)?.[1]);
}

async function drive(socket: Socket): Promise<void> {
  let startedMs = 0;
  let received = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const send = () => {
    if (left-- <= 0) return resolve();
    startedMs = performance.now();
    socket.write(request);
  };
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the server closed a connection")));
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
    if (!isWhole(received)) return;
    received = "";
    latencies[done++] = performance.now() - startedMs;
    send();
  });
  send();
  await promise;
}

const sockets = await Promise.all(
  Array.from({ length: Number(clients) }, async () => {
    const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return socket;
  }),
);
const startMs = performance.now();
await Promise.all(sockets.map(drive));
const seconds = (performance.now() - startMs) / 1000;
for (const socket of sockets) socket.removeAllListeners("close").destroy();
latencies.sort();
const at = (share: number) => Math.round(latencies[Math.floor(done * share)]! * 1000) / 1000;
console.log(JSON.stringify({ perSecond: Math.round(done / seconds), p50Ms: at(0.5), p99Ms: at(0.99) }));
