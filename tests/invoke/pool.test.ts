import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { closedGate, type Gate } from "../platform/gate.ts";
import { type DataPlane, planeOf, planeOfScript, until, versionOf } from "./data-plane.ts";

async function gateOf(t: TestContext): Promise<Gate> {
  const gate = await closedGate();
  t.after(() => gate.close());
  return gate;
}

/** An invocation that is held until the gate opens. */
const held = (plane: DataPlane, gate: Gate) => plane.call({ do: "wait", address: `127.0.0.1:${gate.port}` });

/** So many at one time, none of which is answered before all are there. */
async function together(plane: DataPlane, gate: Gate, count: number): Promise<void> {
  const calls = Array.from({ length: count }, () => held(plane, gate));
  await gate.reached(count);
  gate.open();
  await Promise.all(calls);
}

test("invocations at one time run in environments of their own; one after the other they share one", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  await together(plane, await gateOf(t), 3);
  const first = await plane.reported(3);
  assert.equal(first.filter((record) => record.initMs !== undefined).length, 3);
  await plane.call({ do: "context" });
  await plane.call({ do: "context" });
  const all = await plane.reported(5);
  assert.equal(all.filter((record) => record.initMs !== undefined).length, 3);
});

test("the most recently used environment is taken first", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  await together(plane, await gateOf(t), 3);
  await plane.reported(3);
  const pids: number[] = [];
  for (let n = 0; n < 5; n++) {
    pids.push(((await plane.call({ do: "context" })) as { pid: number }).pid);
    await plane.reported(4 + n);
  }
  assert.equal(new Set(pids).size, 1);
});

test("an idle environment is frozen after its delay, and thaws for the next invocation", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { freezeAfterMs: 20 } });
  t.after(() => plane.close());
  const { pid } = (await plane.call({ do: "context" })) as { pid: number };
  await until(() => stateOf(pid) === "T");
  assert.equal(((await plane.call({ do: "context" })) as { pid: number }).pid, pid);
});

test("environments that nobody needs end", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { keepIdleMs: 200 } });
  t.after(() => plane.close());
  const { pid } = (await plane.call({ do: "context" })) as { pid: number };
  await until(() => plane.invoker.stats().pools === 0);
  assert.equal(stateOf(pid), undefined);
});

test("an environment that has lived long enough takes no more work and ends", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { lifetimeMsMax: 500 } });
  t.after(() => plane.close());
  const { pid } = (await plane.call({ do: "context" })) as { pid: number };
  await plane.call({ do: "sleep", ms: 600 });
  assert.notEqual(((await plane.call({ do: "context" })) as { pid: number }).pid, pid);
  await until(() => stateOf(pid) === undefined);
});

test("an updated function's environment finishes what it runs and ends; the new revision has its own", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  const { pid: old } = (await plane.call({ do: "context" })) as { pid: number };
  const gate = await gateOf(t);
  const running = held(plane, gate);
  const updated = { ...plane.version, revisionId: "updated" };
  await gate.reached(1);
  plane.invoker.changed(plane.version.functionId, plane.version.version, updated);
  gate.open();
  assert.deepEqual(await running, { word: "open" });
  const { pid } = (await plane.call({ do: "context" }, { version: updated })) as { pid: number };
  assert.notEqual(pid, old);
  await until(() => stateOf(old) === undefined);
});

test("a deleted function's idle environments end at once", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  const { pid } = (await plane.call({ do: "context" })) as { pid: number };
  await plane.reported(1);
  plane.invoker.changed(plane.version.functionId, plane.version.version, undefined);
  await until(() => stateOf(pid) === undefined && plane.invoker.stats().pools === 0);
});

test("more invocations at one time than the account may have are throttled", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { concurrencyMax: 2 } });
  t.after(() => plane.close());
  const gate = await gateOf(t);
  const running = [held(plane, gate), held(plane, gate)];
  await assert.rejects(plane.call({ do: "echo", value: 1 }), (error: ServiceError) => {
    assert.equal(error.code, "TooManyRequestsException");
    assert.equal(error.status, 429);
    assert.deepEqual(error.fields, { Reason: "ConcurrentInvocationLimitExceeded", Type: "User" });
    return error.message === "Rate Exceeded.";
  });
  gate.open();
  await Promise.all(running);
});

test("one caller after the other is never throttled at a limit of one", async (t) => {
  const plane = await planeOf("echo", { settings: { concurrencyMax: 1 } });
  t.after(() => plane.close());
  for (let n = 0; n < 200; n++) assert.equal(await plane.call(n), n);
  assert.equal(plane.invoker.stats().idle + plane.invoker.stats().busy, 1, "nor does it start a second environment");
});

test("a caller that goes away while it waits gives its place up", async (t) => {
  const plane = await planeOfScript("#!/bin/sh\nexec sleep 60\n", { settings: { concurrencyMax: 1 } });
  t.after(() => plane.close());
  const gone = new AbortController();
  const waiting = plane.call({}, { signal: gone.signal });
  await until(() => plane.invoker.stats().waiting === 1);
  gone.abort(new Error("hung up"));
  await assert.rejects(waiting, /hung up/);
  assert.deepEqual([plane.invoker.stats().waiting, plane.invoker.stats().running], [0, 0]);
});

test("an environment that the platform cannot start is a ServiceException and a warning", async (t) => {
  const plane = await planeOf("echo", { parts: { codeFor: () => Promise.reject(new Error("disk on fire")) } });
  t.after(() => plane.close());
  await assert.rejects(plane.call({}), (error: ServiceError) => error instanceof ServiceError && error.code === "ServiceException");
  assert.match(plane.warnings[0]!, /could not be started: disk on fire/);
  assert.equal(plane.invoker.stats().running, 0);
});

test("close waits for what runs, refuses what comes, and leaves no process", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  const { pid } = (await plane.call({ do: "context" })) as { pid: number };
  const gate = await gateOf(t);
  const running = held(plane, gate);
  await gate.reached(1);
  const closed = plane.invoker.close(60_000);
  await assert.rejects(plane.call({}), ServiceError);
  gate.open();
  assert.deepEqual(await running, { word: "open" });
  await closed;
  assert.equal(stateOf(pid), undefined);
});

test("a function that has grown as fast as it may is throttled; what it has goes on", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { scalingRate: { burst: 1, perSecond: 0 } } });
  t.after(() => plane.close());
  const gate = await gateOf(t);
  const running = held(plane, gate);
  await assert.rejects(plane.call({ do: "context" }), (error: ServiceError) => {
    assert.deepEqual(error.fields, { Reason: "FunctionInvocationRateLimitExceeded", Type: "User" });
    return error.status === 429;
  });
  gate.open();
  assert.deepEqual(await running, { word: "open" });
  await plane.reported(1);
  await plane.call({ do: "context" });
  await plane.reported(2);
  assert.equal(plane.invoker.stats().running, 0);
});

test("environments of two functions do not mix", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  const other = { ...versionOf("other"), functionId: 2 };
  const one = (await plane.call({ do: "context" })) as { pid: number };
  const two = (await plane.call({ do: "context" }, { version: other })) as { pid: number };
  assert.notEqual(one.pid, two.pid);
});

/** "S" sleeping, "T" stopped …; undefined when there is no such process. */
function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

test("another function's start ends what has waited longest once there are as many environments as may run", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { concurrencyMax: 2 } });
  t.after(() => plane.close());
  const versions = [1, 2, 3].map((functionId) => ({
    ...plane.version,
    functionId,
    functionArn: `${plane.version.functionArn}${functionId}`,
  }));
  const pids: number[] = [];
  for (const [index, version] of versions.entries()) {
    pids.push(((await plane.call({ do: "context" }, { version })) as { pid: number }).pid);
    await plane.reported(index + 1);
  }
  assert.equal(stateOf(pids[0]!), undefined);
  assert.equal(((await plane.call({ do: "context" }, { version: versions[1]! })) as { pid: number }).pid, pids[1]);
  assert.equal(plane.invoker.stats().idle + plane.invoker.stats().busy, 2);
});
