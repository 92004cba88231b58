import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { portHolder } from "../../src/cli/port-holder.ts";

async function listening(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

test("whoever listens on a port is named with its process id and command", async () => {
  const { port, close } = await listening();
  const holder = await portHolder(port);
  await close();
  assert.equal(holder?.pid, process.pid);
  assert.match(holder?.command ?? "", /node/);
});

test("a free port has no holder", async () => {
  assert.equal(await portHolder(1), undefined); // one that nobody else is given in this moment
});
