// Asynchronous invocation of real functions by a real server; they tell a service of the host what they do.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InvokeCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";
import { startSink } from "./sink.ts";

const EVENTS = 300;
const KILL_AFTER = 100;
/** Events that may run at one time before the kill: all of those are held, so that the rest is left for the next server. */
const HELD = 10;

function code(port: number): string {
  return `
export const handler = async (event, { awsRequestId: requestId }) => {
  await fetch("http://sink.lambent.internal:${port}/", { method: "POST", body: JSON.stringify({ requestId, event }) });
  if (event.ms) await new Promise((resolve) => setTimeout(resolve, event.ms));
  if (event.fail) throw new Error("as asked");
  return "done";
};`;
}

const argsFor = (port: number) => [
  ...["--expose", `sink=127.0.0.1:${port}`, "--runtime-path", `nodejs24.x=${process.execPath}`],
  ...["--async-retry-seconds", "1,1"],
];

async function create(server: RunningServer, port: number, ...names: readonly string[]): Promise<void> {
  const zip = await zipOf({ "index.mjs": code(port) });
  await Promise.all(names.map((name) => server.create(name, zip, { Runtime: "nodejs24.x", MemorySize: 256 })));
}

function send(server: RunningServer, event: object) {
  return server.client.send(new InvokeCommand({ FunctionName: "fn", InvocationType: "Event", Payload: JSON.stringify(event) }));
}

test("a function that fails runs three times under one request id, and another function hears of its end", async (t) => {
  const { port, told, until } = await startSink(t);
  const server = await startServer({ args: argsFor(port) });
  t.after(() => server.close());
  await create(server, port, "fn", "after");
  const Destination = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:after`;
  const config = { FunctionName: "fn", DestinationConfig: { OnFailure: { Destination } } };
  await server.client.send(new PutFunctionEventInvokeConfigCommand(config));
  const { StatusCode, $metadata } = await send(server, { fail: true });
  assert.equal(StatusCode, 202);
  await until((all) => all.some(({ event }) => event.requestContext !== undefined));
  assert.deepEqual(
    told.slice(0, 3).map(({ requestId }) => requestId),
    Array(3).fill($metadata.requestId),
  );
  assert.equal(told.length, 4);
  assert.equal(told[3]?.event.requestContext?.condition, "RetriesExhausted");
});

test("a function that runs for longer than a lease and a sweep runs once", async (t) => {
  const { port, told, until } = await startSink(t);
  const server = await startServer({ args: argsFor(port) });
  t.after(() => server.close());
  await create(server, port, "fn", "after");
  const Destination = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:after`;
  const config = { FunctionName: "fn", DestinationConfig: { OnSuccess: { Destination } } };
  await server.client.send(new PutFunctionEventInvokeConfigCommand(config));
  await send(server, { ms: 22_000 });
  await until((all) => all.some(({ event }) => event.requestContext !== undefined));
  assert.equal(told.length, 2);
});

test("kill -9 under load: every event that was acknowledged is run by this server or by the next one", async (t) => {
  const killed = Promise.withResolvers<void>();
  const { port, told, until } = await startSink(t, killed.promise);
  const data = await mkdtemp(join(tmpdir(), "lambent-async-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const first = await startServer({ data, args: [...argsFor(port), "--concurrency", String(HELD)] });
  t.after(() => first.close().catch(() => {})); // it has been killed by then
  await create(first, port, "fn");
  const acknowledged: number[] = [];
  const sends = Array.from({ length: EVENTS }, async (_, n) => {
    await send(first, { n });
    acknowledged.push(n);
    if (acknowledged.length === KILL_AFTER) first.process.kill("SIGKILL");
  });
  await Promise.allSettled(sends);
  await first.process.ended;
  assert.ok(acknowledged.length >= KILL_AFTER);
  const missing = () => {
    const seen = new Set(told.map(({ event }) => event.n));
    return acknowledged.filter((n) => !seen.has(n));
  };
  assert.ok(missing().length >= KILL_AFTER - HELD, "nothing was left to do for the next server");
  killed.resolve();
  const second = await startServer({ data, args: argsFor(port) });
  t.after(() => second.close());
  await until(() => missing().length === 0);
});
