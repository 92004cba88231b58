// A load client for SQS that costs little: raw keep-alive connections, one request at a time on each.
// argv: port, what (send | batch | drain), queue URL, connections, messages. Prints {"perSecond","p50Ms","p99Ms"}: messages, and times of requests.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const [port, what, QueueUrl, connections, count] = process.argv.slice(2) as [string, string, string, string, string];
const BATCH = 10;
const MessageBody = "x".repeat(1_024);
const credential = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

const single = request("SendMessage", { QueueUrl, MessageBody });
const batch = request("SendMessageBatch", { QueueUrl, Entries: Array.from({ length: BATCH }, (_, n) => ({ Id: String(n), MessageBody })) });
const receive = request("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: BATCH });

const latencies: number[] = [];
let left = Number(count);
let done = 0;

function request(operation: string, input: object): Buffer {
  const body = JSON.stringify(input);
  const head =
    `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${credential}\r\nX-Amz-Date: 20260101T000000Z\r\n` +
    `X-Amz-Target: AmazonSQS.${operation}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

/** The body of a whole answer. Throws where the answer is a failure. */
function bodyOf(received: string): string | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  if (!received.startsWith("HTTP/1.1 200")) throw new Error(received);
  const bytes = Number(/^content-length: (\d+)/im.exec(received)?.[1]);
  return received.length >= end + 4 + bytes ? received.slice(end + 4, end + 4 + bytes) : undefined;
}

/** One exchange after the other on a connection. */
class Exchanges {
  readonly #socket: Socket;
  #received = "";
  #answer: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", (error) => this.#answer?.reject(error));
    socket.on("close", () => this.#answer?.reject(new Error("the server closed a connection")));
    socket.on("data", (bytes) => {
      this.#received += bytes.toString("latin1");
      const body = bodyOf(this.#received);
      if (body === undefined) return;
      this.#received = "";
      this.#answer?.resolve(body);
    });
  }

  async send(bytes: Buffer): Promise<string> {
    const startedMs = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#answer = { resolve, reject };
    this.#socket.write(bytes);
    const body = await promise;
    latencies.push(performance.now() - startedMs);
    return body;
  }
}

async function drive(exchanges: Exchanges): Promise<void> {
  const size = what === "send" ? 1 : BATCH;
  while (left > 0) {
    left -= size;
    if (what === "drain") await takeTen(exchanges);
    else {
      await exchanges.send(what === "send" ? single : batch);
      done += size;
    }
  }
}

async function takeTen(exchanges: Exchanges): Promise<void> {
  const { Messages = [] } = JSON.parse(await exchanges.send(receive)) as { Messages?: { ReceiptHandle: string }[] };
  if (Messages.length === 0) return;
  const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  await exchanges.send(request("DeleteMessageBatch", { QueueUrl, Entries }));
  done += Messages.length;
}

const sockets = await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return socket;
  }),
);
const startMs = performance.now();
await Promise.all(sockets.map((socket) => drive(new Exchanges(socket))));
const seconds = (performance.now() - startMs) / 1_000;
for (const socket of sockets) socket.removeAllListeners("close").destroy();
latencies.sort((a, b) => a - b);
const at = (share: number) => Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 1_000) / 1_000;
console.log(JSON.stringify({ perSecond: Math.round(done / seconds), p50Ms: at(0.5), p99Ms: at(0.99), messages: done }));
