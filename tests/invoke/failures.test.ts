import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { type DataPlane, planeOf, planeOfScript } from "./data-plane.ts";

const TIME = /Duration: \d+\.\d\d ms/g;

/** What the log says of one invocation, with times and ids that vary replaced. */
function told(plane: DataPlane, requestId: string): string[] {
  const steady = (line: string) =>
    line
      .replaceAll(requestId, "<id>")
      .replace(TIME, "Duration: <ms>")
      .replace(/Billed Duration: \d+ ms/, "Billed Duration: <n> ms")
      .replace(/Used: \d+ MB/, "Used: <n> MB");
  return plane.log.messages.map(steady).filter((line) => !line.startsWith("INIT_START"));
}

test("an error of the handler goes to the caller as the runtime posted it", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const result = await plane.invoke({ do: "error", message: "no such order" });
  assert.equal(result.functionError, "Unhandled");
  assert.deepEqual(JSON.parse(Buffer.from(result.payload).toString()), {
    errorType: "&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>",
    errorMessage: "no such order",
  });
});

test("a handler's error leaves the environment in use", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  await plane.invoke({ do: "error", message: "once" });
  assert.equal(((await plane.call({ do: "context" })) as { count: number }).count, 1);
  const [, second] = await plane.reported(2);
  assert.equal(second!.initMs, undefined);
});

test("an exit before the response is Runtime.ExitError", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const requestId = randomUUID();
  assert.deepEqual(await plane.call({ do: "exit", code: 3 }, { requestId }), {
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
  });
  await plane.reported(1);
  assert.deepEqual(told(plane, requestId), [
    "START RequestId: <id> Version: $LATEST",
    "END RequestId: <id>",
    "REPORT RequestId: <id>\tDuration: <ms>\tBilled Duration: <n> ms\tMemory Size: 512 MB\tMax Memory Used: <n> MB\tInit Duration: <ms>\tStatus: error\tError Type: Runtime.ExitError",
  ]);
});

test("an exit with 0 gives no reason", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const answer = (await plane.call({ do: "exit", code: 0 })) as { errorMessage: string };
  assert.match(answer.errorMessage, /Error: Runtime exited without providing a reason$/);
});

for (const [event, words] of [
  [{ do: "segfault" }, "segmentation fault"],
  [{ do: "abort" }, "aborted"],
  [{ do: "signal", number: 9 }, "killed"],
] as const) {
  test(`a runtime ended by a signal is reported as "${words}"`, async (t) => {
    const plane = await planeOf("scenario");
    t.after(() => plane.close());
    const answer = (await plane.call(event)) as { errorType: string; errorMessage: string };
    assert.equal(answer.errorType, "Runtime.ExitError");
    assert.match(answer.errorMessage, new RegExp(`Runtime exited with error: signal: ${words}( \\(core dumped\\))?$`));
  });
}

test("after a crash the next invocation starts the runtime again, without Init Duration and in the same log stream and /tmp", async (t) => {
  const plane = await planeOf("scenario");
  t.after(() => plane.close());
  const { variables } = (await plane.call({ do: "environment" })) as { variables: Record<string, string> };
  const path = `${variables.TMPDIR ?? "/tmp"}/kept`;
  await plane.call({ do: "write-file", path, text: "still here" });
  await plane.call({ do: "exit", code: 1 });
  assert.deepEqual(await plane.call({ do: "read-file", path }), { text: "still here" });
  const records = await plane.reported(4);
  assert.deepEqual(
    records.map((record) => record.initMs !== undefined),
    [true, false, false, false],
  );
  assert.equal(new Set(plane.log.lines.map((line) => line.stream)).size, 1);
  assert.equal(plane.log.messages.filter((line) => line.startsWith("INIT_")).length, 1);
});

test("more memory than the function has is Runtime.OutOfMemory, and Max Memory Used its size", async (t) => {
  const plane = await planeOf("scenario", { version: { memoryMb: 128, timeoutMs: 20_000 } });
  t.after(() => plane.close());
  await plane.call({ do: "echo", value: 1 });
  // The process driver looks at memory from time to time only: it may notice during the first or the second invocation.
  const first = (await plane.call({ do: "allocate", mb: 600, keep: true })) as { errorType?: string };
  const answer = first.errorType === undefined ? ((await plane.call({ do: "sleep", ms: 5000 })) as { errorType: string }) : first;
  assert.equal(answer.errorType, "Runtime.OutOfMemory");
  const count = first.errorType === undefined ? 3 : 2;
  assert.equal((await plane.reported(count)).at(-1)!.memoryPeakMb, 128);
  assert.match(plane.log.messages.at(-1)!, /Max Memory Used: 128 MB\tStatus: error\tError Type: Runtime\.OutOfMemory$/);
});

test("a missing bootstrap is Runtime.InvalidEntrypoint, told once for init and once for the invocation", async (t) => {
  const plane = await planeOfScript(undefined);
  t.after(() => plane.close());
  const requestId = randomUUID();
  const result = await plane.invoke({}, { requestId });
  assert.equal(
    Buffer.from(result.payload).toString(),
    `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ${requestId} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`,
  );
  await plane.reported(1);
  assert.deepEqual(told(plane, requestId), [
    "INIT_REPORT Init Duration: <ms>\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
    "INIT_REPORT Init Duration: <ms>\tPhase: invoke\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
    "START RequestId: <id> Version: $LATEST",
    "END RequestId: <id>",
    "REPORT RequestId: <id>\tDuration: <ms>\tBilled Duration: <n> ms\tMemory Size: 512 MB\tMax Memory Used: <n> MB\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
  ]);
});

for (const [what, text, mode, words] of [
  ["for another machine", "\x7fELF\x02\x01\x01\0 not really", 0o755, "exec format error"],
  ["that is not executable", "#!/bin/sh\n", 0o644, "permission denied"],
  ["with Windows line ends", "#!/bin/sh\r\nexit 0\r\n", 0o755, "no such file or directory"],
] as const) {
  test(`a bootstrap ${what} is "${words}"`, async (t) => {
    const plane = await planeOfScript(text, { mode });
    t.after(() => plane.close());
    const answer = (await plane.call({})) as { errorType: string; errorMessage: string };
    assert.equal(answer.errorType, "Runtime.InvalidEntrypoint");
    assert.match(answer.errorMessage, new RegExp(`Error: fork/exec /var/task/bootstrap: ${words}$`));
  });
}

test("what a runtime posts to /init/error is the answer", async (t) => {
  const plane = await planeOf("init-error");
  t.after(() => plane.close());
  const result = await plane.invoke({});
  assert.equal(result.functionError, "Unhandled");
  assert.equal(typeof (JSON.parse(Buffer.from(result.payload).toString()) as { errorType: string }).errorType, "string");
  await plane.reported(1);
  assert.equal(plane.log.messages.filter((line) => /^INIT_REPORT .*\tPhase: (init|invoke)\tStatus: error/.test(line)).length, 2);
});

test("an exit during init is tried again in the invocation, and is its outcome then", async (t) => {
  const plane = await planeOf("init-exit");
  t.after(() => plane.close());
  const answer = (await plane.call({})) as { errorType: string };
  assert.equal(answer.errorType, "Runtime.ExitError");
  await plane.reported(1);
  assert.equal(plane.log.messages.filter((line) => line.startsWith("INIT_REPORT")).length, 2);
});

test("a response too large is Function.ResponseSizeTooLarge; the environment goes on", async (t) => {
  const plane = await planeOf("big-response");
  t.after(() => plane.close());
  const result = await plane.invoke({ bytes: 6_291_557 });
  assert.equal(
    Buffer.from(result.payload).toString(),
    '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
  );
  assert.equal(result.functionError, "Unhandled");
  const whole = await plane.invoke({ bytes: 6_291_556 });
  assert.equal(whole.payload.length, 6_291_556);
  assert.equal(plane.invoker.stats().starting + plane.invoker.stats().idle + plane.invoker.stats().busy, 1);
});
