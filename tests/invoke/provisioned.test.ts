import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConcurrencyPlan } from "../../src/functions/concurrency.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { closedGate } from "../platform/gate.ts";
import { type DataPlane, planeOf, until } from "./data-plane.ts";

/** Looks and retries come fifty times as often. */
const hurried: Clock = {
  nowMs: () => Date.now(),
  at(dueMs, call) {
    const timer = setTimeout(call, (dueMs - Date.now()) / 50);
    return () => clearTimeout(timer);
  },
};

function plan(plane: DataPlane, count: number, reserved?: number): ConcurrencyPlan {
  const { functionId, account, region } = plane.version;
  const provisioned = count === 0 ? [] : [{ version: plane.version, count, stamp: String(count) }];
  return { functionId, account, region, reserved, provisioned };
}

function status(plane: DataPlane) {
  return plane.invoker.provisioned(plane.version.functionId, plane.version.version);
}

async function provision(plane: DataPlane, count: number, reserved?: number): Promise<void> {
  plane.invoker.plan(plan(plane, count, reserved));
  await until(() => status(plane)?.status === "READY");
}

async function pidOf(plane: DataPlane): Promise<number> {
  return ((await plane.call({ do: "context" })) as { pid: number }).pid;
}

test("one caller after the other stays within one provisioned environment", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  await provision(plane, 1);
  const pids = new Set<number>();
  for (let n = 0; n < 100; n++) pids.add(await pidOf(plane));
  assert.equal(pids.size, 1);
  assert.ok(
    plane.records.every(({ initMs }) => initMs === undefined),
    "its init is nobody's",
  );
});

test("provisioned environments outlive idleness, those on demand do not", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", settings: { keepIdleMs: 100 } });
  t.after(() => plane.close());
  await provision(plane, 1);
  const first = await pidOf(plane);
  await Promise.all([plane.call({ do: "sleep", ms: 200 }), plane.call({ do: "sleep", ms: 200 })]);
  await until(() => plane.invoker.stats().pools === 1);
  assert.equal(await pidOf(plane), first);
});

test("one that ends while it waits is replaced", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process", parts: { clock: hurried } });
  t.after(() => plane.close());
  await provision(plane, 1);
  const first = await pidOf(plane);
  await until(() => plane.invoker.stats().idle === 1);
  process.kill(first, "SIGKILL");
  await until(() => plane.log.messages.filter((message) => message.startsWith("INIT_REPORT")).length === 2);
  assert.notEqual(await pidOf(plane), first);
  assert.equal(plane.records.at(-1)?.initMs, undefined, "it was provisioned too");
});

test("its init may take longer than one on demand", async (t) => {
  const plane = await planeOf("slow-init", { settings: { initTimeoutMs: 100 }, version: { variables: { INIT_MS: "500" } } });
  t.after(() => plane.close());
  await provision(plane, 1);
  assert.ok(plane.log.messages.some((message) => /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init$/.test(message)));
});

test("what the platform cannot start is tried again", async (t) => {
  let failures = 2;
  const codeFor = async () => {
    if (failures-- > 0) throw new Error("disk on fire");
    return { code: directory };
  };
  const plane = await planeOf("scenario", { sandbox: "process", parts: { clock: hurried, codeFor } });
  const { directory } = plane;
  t.after(() => plane.close());
  await provision(plane, 1);
  assert.equal(plane.warnings.length, 2);
});

test("more can be asked for, and less, and nothing", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  await provision(plane, 1);
  await provision(plane, 3);
  assert.equal(plane.invoker.stats().idle, 3);
  plane.invoker.plan(plan(plane, 2));
  await until(() => plane.invoker.stats().idle === 2);
  assert.deepEqual(status(plane), { status: "READY", allocated: 2, available: 2 });
  const gate = await closedGate();
  t.after(() => gate.close());
  const running = plane.call({ do: "wait", address: `127.0.0.1:${gate.port}` });
  await gate.reached(1);
  plane.invoker.plan(plan(plane, 0));
  gate.open();
  assert.deepEqual(await running, { word: "open" });
  await until(() => plane.invoker.stats().pools === 0);
  assert.equal(status(plane), undefined);
});

test("a ceiling holds for both kinds together", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  await provision(plane, 2, 3);
  const gate = await closedGate();
  t.after(() => gate.close());
  const calls = Promise.allSettled(Array.from({ length: 10 }, () => plane.call({ do: "wait", address: `127.0.0.1:${gate.port}` })));
  await gate.reached(3);
  gate.open();
  const answers = await calls;
  assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 3);
  await until(() => plane.invoker.stats().running === 0);
});

test("a function that is deleted takes what was provisioned with it", async (t) => {
  const plane = await planeOf("scenario", { sandbox: "process" });
  t.after(() => plane.close());
  plane.invoker.plan(plan(plane, 4));
  plane.invoker.plan(plan(plane, 0));
  await until(() => plane.invoker.stats().pools === 0);
  assert.equal(plane.invoker.stats().starting, 0);
});
