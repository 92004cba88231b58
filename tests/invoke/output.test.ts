import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { type DataPlane, planeOf, until } from "./data-plane.ts";

/** The printed lines between START and END of each invocation, by request id; throws if a line lies outside. */
function printedByInvocation(plane: DataPlane): Map<string, string[]> {
  const printed = new Map<string, string[]>();
  const open = new Map<string, string>(); // stream → request id
  for (const { stream, message } of plane.log.lines) {
    const [, what, id = ""] = /^(START|END|REPORT|INIT_START)(?: RequestId: (\S+))?/.exec(message) ?? [];
    if (what === "START") {
      open.set(stream, id);
      printed.set(id, []);
    } else if (what === "END") {
      open.delete(stream);
    } else if (what === undefined) {
      const inside = open.get(stream);
      assert.notEqual(inside, undefined, `"${message}" was printed by no invocation`);
      printed.get(inside!)!.push(message);
    }
  }
  return printed;
}

test("1,000 lines and then the answer, many times: every line lies between its own START and END, in order", async (t) => {
  const plane = await planeOf("scenario", { version: { timeoutMs: 20_000 } });
  t.after(() => plane.close());
  const ids = Array.from({ length: 50 }, () => randomUUID());
  for (const requestId of ids) await plane.call({ do: "print-lines", count: 1000, text: ` ${requestId}` }, { requestId });
  await plane.reported(ids.length);
  const printed = printedByInvocation(plane);
  for (const id of ids) {
    assert.deepEqual(
      printed.get(id),
      Array.from({ length: 1000 }, (_, n) => `${n} ${id}`),
    );
  }
});

test("the tail is the last 4 KB of the invocation's log, from START to REPORT where it is shorter", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const requestId = randomUUID();
  const { logTail } = await plane.invoke({ do: "print-lines", count: 3 }, { requestId, tail: true });
  const text = Buffer.from(logTail!, "base64").toString();
  assert.match(
    text,
    new RegExp(
      `^START RequestId: ${requestId} Version: \\$LATEST\n0\n1\n2\nEND RequestId: ${requestId}\nREPORT RequestId: ${requestId}\t.*\t\n$`,
    ),
  );
  const long = await plane.invoke({ do: "print-lines", count: 2000, text: "é".repeat(10) }, { tail: true });
  const bytes = Buffer.from(long.logTail!, "base64");
  assert.equal(bytes.length, 4096);
  assert.match(bytes.toString(), /\n1999é{10}\nEND RequestId: /);
});

test("without a tail asked for there is none", async (t) => {
  const plane = await planeOf("echo");
  t.after(() => plane.close());
  assert.equal((await plane.invoke({})).logTail, undefined);
});

test("what has no line end is written when the invocation ends", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const requestId = randomUUID();
  await plane.call({ do: "print-bytes", count: 10 }, { requestId });
  await plane.reported(1);
  assert.deepEqual(printedByInvocation(plane).get(requestId), ["xxxxxxxxxx"]);
});

test("a line longer than 256 KB is cut into several", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const requestId = randomUUID();
  await plane.call({ do: "print-bytes", count: 600_000 }, { requestId });
  await plane.reported(1);
  const lengths = printedByInvocation(plane)
    .get(requestId)!
    .map((line) => line.length);
  assert.deepEqual(lengths, [262_144, 262_144, 75_712]);
});

test("100 MB printed are not gathered in memory while the log cannot take them: the function waits", async (t) => {
  const plane = await planeOf("scenario", { version: { timeoutMs: 60_000 } });
  t.after(() => plane.close());
  plane.log.isUnderPressure = true;
  const answer = plane.call({ do: "print-bytes", count: 100_000_000 });
  await until(() => plane.log.messages.some((line) => line.startsWith("START")));
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 300)); // the function prints as fast as it may
  assert.ok(process.memoryUsage().rss - before < 32_000_000);
  const printedBytes = () => plane.log.messages.filter((line) => line.startsWith("x")).reduce((sum, line) => sum + line.length, 0);
  assert.ok(printedBytes() < 1_000_000);
  plane.log.relieve();
  assert.deepEqual(await answer, { bytes: 100_000_000 });
  await plane.reported(1);
  assert.equal(printedBytes(), 100_000_000);
});

test("beyond its rate an environment's output is left unread, and the function waits", async (t) => {
  const outputRate = { burstBytes: 1_000_000, bytesPerSecond: 4_000_000 };
  const plane = await planeOf("scenario", { settings: { outputRate }, version: { timeoutMs: 60_000 } });
  t.after(() => plane.close());
  await plane.call({ do: "print-lines", count: 100_000, text: "x".repeat(45) }); // about 5 MB
  const [record] = await plane.reported(1);
  assert.ok(record!.durationMs > 500, `${record!.durationMs} ms for 5 MB at 4 MB/s after 1 MB`);
});

test("10,000 files cannot be opened at once, and the function is told so by its system", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const answer = (await plane.call({ do: "open-files", count: 10_000 })) as { opened: number; errno?: number };
  if (plane.driver.enforces.has("files")) assert.deepEqual([answer.opened > 900 && answer.opened < 1024, answer.errno], [true, 24]);
  assert.equal(await plane.call({ do: "echo", value: 1 }), 1);
});

test("a function that forks and exits is an exit, and its child is gone when the environment is", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const answer = (await plane.call({ do: "fork", ms: 60_000, exit: true })) as { errorType: string };
  assert.equal(answer.errorType, "Runtime.ExitError");
  assert.equal(await plane.call({ do: "echo", value: "again" }), "again");
});
