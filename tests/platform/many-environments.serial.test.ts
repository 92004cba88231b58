// Five hundred environments at once, each with all of its listeners in use: none is answered before all of them are there.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { startServer } from "./running-server.ts";

const COUNT = 500;

test(`${COUNT} environments run at once, each with the Runtime API, the endpoint and an exposed service`, {
  skip: process.platform !== "linux",
  timeout: 300_000,
}, async (t) => {
  const meeting = await meetingOf(COUNT);
  t.after(meeting.close);
  const exposed = ["--expose", `meeting=127.0.0.1:${meeting.port}`];
  const server = await startServer({ args: ["--sandbox", "stem", "--network", "none", "--concurrency", String(COUNT), ...exposed] });
  t.after(server.close);
  const { "meets-others": binary } = await buildFunctions();
  const zip = await zipOf({ bootstrap: { content: await readFile(binary!), mode: 0o100755 } });
  await server.create("meets", zip, { Runtime: "provided.al2023", MemorySize: 128, Timeout: 60 });

  const event = { address: `meeting.lambent.internal:${meeting.port}` };
  const answers = await Promise.all(Array.from({ length: COUNT }, () => server.call("meets", event)));

  assert.equal(answers.length, COUNT);
  for (const answer of answers) assert.deepEqual(answer, { status: "HTTP/1.1 404 Not Found", word: "all here" });
  const health = (await (await fetch(`${server.process.endpoint}/_lambent/health`)).json()) as { idle: number; busy: number };
  assert.equal(health.idle + health.busy, COUNT);
  await assert.doesNotReject(server.client.send(new InvokeCommand({ FunctionName: "meets", InvocationType: "DryRun" })));
});

/** A service that has a word for its callers once so many are there. */
async function meetingOf(count: number): Promise<{ readonly port: number; close(): void }> {
  const here = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("close", () => here.delete(socket));
    socket.once("data", () => {
      here.add(socket);
      if (here.size === count) for (const each of here) each.end("all here\n");
    });
  });
  const close = () => {
    server.close();
    for (const each of here) each.destroy();
  };
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1_024 });
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port, close };
}
