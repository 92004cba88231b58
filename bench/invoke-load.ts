// A load client that costs little: raw keep-alive connections, one request at a time on each. argv: port, path, clients, count.
// Prints {"perSecond","p50Ms","p99Ms"}.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const [port, path, clients, count] = process.argv.slice(2) as [string, string, string, string];
const body = '{"items":[1,2,3],"orderId":"A-17"}'; // keys in order: the function parses it and prints it again
// As a real client sends it; an open server takes the key at its word.
const credential = "AWS4-HMAC-SHA256 Credential=bench/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";
const request = Buffer.from(
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${credential}\r\nX-Amz-Date: 20260101T000000Z\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

const latencies = new Float64Array(Number(count));
let done = 0;
let left = Number(count);

/** Sends on `socket` until none are left. Answers are small and have a Content-Length or are chunked; both end in the echoed body. */
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
    if (!received.includes(body)) {
      if (/^HTTP\/1\.1 [345]/.test(received)) reject(new Error(received));
      return;
    }
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
