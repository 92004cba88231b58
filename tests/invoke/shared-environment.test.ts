// Environments that serve several invocations at one time, with the real lambda_runtime crate and its concurrency-tokio feature.

import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { type DataPlane, type PlaneOptions, planeOf, until } from "./data-plane.ts";
import { listens, planeWith } from "./extension-scripts.ts";

interface Answer {
  readonly pid: number;
  readonly requestId: string;
}

const shared = (maxConcurrency: number, more: PlaneOptions["version"] = {}) =>
  ({ maxConcurrency, logFormat: "JSON", timeoutMs: 10_000, ...more }) as const;

async function planeFor(t: TestContext, maxConcurrency: number, more: PlaneOptions["version"] = {}): Promise<DataPlane> {
  const plane = await planeOf("concurrent", { version: shared(maxConcurrency, more) });
  t.after(() => plane.close());
  return plane;
}

function callAll(plane: DataPlane, count: number, event: object): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => plane.call(event) as Promise<Answer>));
}

function environmentsOf(answers: readonly Answer[], plane: DataPlane): number {
  return Math.max(new Set(answers.map(({ pid }) => pid)).size, new Set(plane.log.lines.map(({ stream }) => stream)).size);
}

suite("an environment for several invocations at a time", { timeout: 600_000 }, () => {
  test("serves as many as its concurrency, and one more gets another environment", async (t) => {
    const plane = await planeFor(t, 4);
    const answers = await callAll(plane, 4, { meet: 4 });
    assert.equal(environmentsOf(answers, plane), 1);
    const more = await callAll(plane, 8, { meet: 4 });
    assert.equal(environmentsOf(more, plane), 2);
    assert.equal(new Set([...answers, ...more].map(({ requestId }) => requestId)).size, 12);
    await plane.reported(12);
  });

  test("is used again and again by one caller after another", async (t) => {
    const plane = await planeFor(t, 2);
    const pids = new Set<number>();
    for (let n = 0; n < 20; n++) pids.add(((await plane.call({})) as Answer).pid);
    assert.equal(pids.size, 1);
    assert.equal((await plane.reported(20)).length, 20);
  });

  test("writes JSON with the request's id, and less in its reports, as AWS does", async (t) => {
    const plane = await planeFor(t, 2);
    const requestId = "11111111-0000-4000-8000-000000000001";
    const [result] = await Promise.all([
      plane.invoke({ meet: 2, print: "mine" }, { requestId, tail: true }),
      plane.invoke({ meet: 2, print: "not mine" }),
    ]);
    await plane.reported(2);
    const events = plane.log.messages.map((message) => JSON.parse(message));
    const [start] = events.filter(({ type }) => type === "platform.initStart");
    assert.equal(start.record.initializationType, "lambda-managed-instances");
    assert.ok(!events.some(({ type }) => type === "platform.runtimeDone"));
    const reports = events.filter(({ type }) => type === "platform.report");
    assert.deepEqual(
      reports.map(({ record }) => Object.keys(record.metrics)),
      [["durationMs"], ["durationMs"]],
    );
    const tail = Buffer.from(result.logTail!, "base64").toString();
    assert.ok(tail.includes('"mine"') && !tail.includes("not mine"), tail);
  });

  test("a time-out ends one invocation; its worker is busy until it asks again, the others go on", async (t) => {
    const plane = await planeFor(t, 2, { timeoutMs: 1000 });
    const slow = plane.call({ meet: 2, sleepMs: 4000 }) as Promise<{ errorType?: string }>;
    const quick = plane.call({ meet: 2 }) as Promise<Answer>;
    assert.equal((await slow).errorType, "Sandbox.Timedout");
    const { pid } = await quick;
    const [timedOut] = (await plane.reported(2)).filter(({ failure }) => failure !== undefined);
    assert.deepEqual([timedOut!.failure, timedOut!.durationMs], [{ status: "timeout" }, 1000]);
    await until(() => plane.invoker.stats().idle === 2);
    assert.deepEqual(new Set((await callAll(plane, 2, { meet: 2 })).map((answer) => answer.pid)), new Set([pid]));
  });

  test("a handler's error is that invocation's alone", async (t) => {
    const plane = await planeFor(t, 2);
    const [failed, good] = await Promise.all([plane.invoke({ meet: 2, fail: true }), plane.call({ meet: 2 }) as Promise<Answer>]);
    assert.equal(failed.functionError, "Unhandled");
    assert.equal(((await plane.call({})) as Answer).pid, good.pid);
  });

  test("a crash fails all that run in it, and the next invocation gets a new environment", async (t) => {
    const plane = await planeFor(t, 3);
    const before = (await plane.call({})) as Answer;
    const waiting = [plane.call({ sleepMs: 5000 }), plane.call({ sleepMs: 5000 })] as Promise<{ errorType?: string }>[];
    await until(() => plane.invoker.stats().busy === 2);
    const crashed = (await plane.call({ exit: true })) as { errorType?: string };
    assert.equal(crashed.errorType, "Runtime.ExitError");
    for (const answer of waiting) assert.equal((await answer).errorType, "Runtime.ExitError");
    assert.notEqual(((await plane.call({})) as Answer).pid, 0);
    assert.equal(plane.records.filter(({ failure }) => failure !== undefined).length, 3);
    assert.ok(before.pid > 0);
  });

  test("a runtime that cannot start answers its callers, each by a try of its own", async (t) => {
    const plane = await planeOf("init-exit", { version: shared(4) });
    t.after(() => plane.close());
    const answers = (await callAll(plane, 3, {})) as unknown as { errorType: string }[];
    assert.deepEqual(
      answers.map(({ errorType }) => errorType),
      ["Runtime.ExitError", "Runtime.ExitError", "Runtime.ExitError"],
    );
  });

  test("ends when nobody has needed it", async (t) => {
    const plane = await planeOf("concurrent", { version: shared(3), settings: { keepIdleMs: 100 } });
    t.after(() => plane.close());
    await callAll(plane, 3, { meet: 3 });
    await until(() => Object.values(plane.invoker.stats()).every((count) => count === 0));
    assert.deepEqual(plane.warnings, []);
  });

  test("has no INVOKE event, and telemetry only in its own schema", async (t) => {
    const listener = listens('{"schemaVersion": "2025-01-29", "types": ["platform"]}', { events: '["SHUTDOWN"]' });
    const refused = `me, facts = register(["SHUTDOWN"])\nsay(call("POST", "/2020-01-01/extension/register", '{"events":["INVOKE"]}', {"Lambda-Extension-Name": name})[1].strip())\n`;
    const body = listener.replace('me, facts = register(["SHUTDOWN"])', refused);
    const plane = await planeWith(t, { tells: body }, { program: "concurrent", version: shared(2) });
    await callAll(plane, 2, { meet: 2 });
    await plane.reported(2);
    await plane.invoker.close(0);
    const said = plane.log.messages.filter((message) => message.startsWith("tells "));
    assert.ok(said[0]!.includes('"InvalidEventType"'), said[0]);
    const types = said.filter((message) => message.startsWith("tells [")).map((message) => JSON.parse(message.slice(6))[0]);
    assert.equal(types.filter((type) => type === "platform.report").length, 2);
    assert.ok(!types.includes("platform.runtimeDone"));
  });
});
