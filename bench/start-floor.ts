// The floor of a start in bench/invoke.ts: the least that a Node program with a database of its own is. One SQLite thread, one node:http server.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

if (isMainThread) await serve();
else open();

async function serve(): Promise<void> {
  const thread = new Worker(new URL(import.meta.url));
  const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(thread, "message")]);
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  process.once("SIGTERM", () => process.exit(0));
}

function open(): void {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE floor (id integer)");
  parentPort!.on("message", () => database.close());
  parentPort!.postMessage("open");
}
