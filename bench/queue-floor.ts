// The least that a durable queue over HTTP costs here: bare node:http, each body appended to one file, answered after the flush that many share.
// argv: file. Prints its address; speaks enough of SQS for bench/queue-load.ts's sends.

import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const file = openSync(process.argv[2]!, "a");
let waiting: ServerResponse[] = [];
let isFlushing = false;

function flush(): void {
  if (isFlushing || waiting.length === 0) return;
  isFlushing = true;
  const answered = waiting;
  waiting = [];
  fdatasync(file, () => {
    isFlushing = false;
    for (const response of answered) response.end('{"MessageId":"1"}');
    flush();
  });
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    writeSync(file, Buffer.concat(parts));
    response.setHeader("content-length", 17);
    waiting.push(response);
    flush();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on("SIGTERM", () => {
  closeSync(file);
  process.exit(0);
});
