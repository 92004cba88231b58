import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { type DataPlane, planeOf, planeOfScript, until } from "./data-plane.ts";

const INVOCATIONS = 150;
const CALLERS = 4;

test("a runtime that does anything at random costs nobody else anything: every call is answered and reported, and the log keeps its order", {
  timeout: 180_000,
}, async (t) => {
  const program = readFileSync(join(import.meta.dirname, "hostile-runtime.py"), "utf8");
  const settings = { freezeAfterMs: 10, initTimeoutMs: 2000 };
  const plane = await planeOfScript(program, { version: { timeoutMs: 1000 }, settings });
  t.after(() => plane.close());
  let left = INVOCATIONS;
  const caller = async () => {
    while (left-- > 0) await plane.invoke({ left }, { tail: left % 3 === 0 });
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await plane.reported(INVOCATIONS);
  assert.deepEqual(plane.warnings, []);
  assert.equal(plane.invoker.stats().running, 0);
  assertOrder(plane);
});

test("a sandbox that goes away under an invocation is a ServiceException", { timeout: 60_000 }, async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const running = plane.invoke({ do: "sleep", ms: 60_000 });
  running.catch(() => {});
  await Promise.race([until(() => plane.log.messages.some((line) => line.startsWith("START"))), running]);
  await plane.driver.close();
  await assert.rejects(running, (error: ServiceError) => error instanceof ServiceError && error.code === "ServiceException");
  assert.equal(plane.invoker.stats().running, 0);
});

/** In every stream: START, END and REPORT of one invocation, then those of the next. */
function assertOrder(plane: DataPlane): void {
  const expected = { START: "END", END: "REPORT", REPORT: "START" } as const;
  const last = new Map<string, { next: string; id: string }>();
  for (const { stream, message } of plane.log.lines) {
    const [, what, id] = /^(START|END|REPORT) RequestId: (\S+)/.exec(message) ?? [];
    if (what === undefined || id === undefined) continue;
    const before = last.get(stream) ?? { next: "START", id };
    assert.equal(what, before.next, `in ${stream}: ${message}`);
    if (what !== "START") assert.equal(id, before.id);
    last.set(stream, { next: expected[what as keyof typeof expected], id });
  }
}
