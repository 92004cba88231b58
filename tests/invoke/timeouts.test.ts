import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { planeOf, planeOfScript } from "./data-plane.ts";

test("a time-out is answered with AWS's payload and reported with exactly the configured duration", async (t) => {
  const plane = await planeOf("scenario", { version: { timeoutMs: 1000 } });
  t.after(() => plane.close());
  const requestId = randomUUID();
  const result = await plane.invoke({ do: "sleep", ms: 60_000 }, { requestId });
  assert.equal(
    Buffer.from(result.payload).toString(),
    `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${requestId} Error: Task timed out after 1.00 seconds"}`,
  );
  const [record] = await plane.reported(1);
  assert.equal(record!.durationMs, 1000);
  assert.equal(record!.billedMs, Math.ceil(1000 + record!.initMs!));
  assert.match(
    plane.log.messages.at(-1)!,
    /\tDuration: 1000\.00 ms\tBilled Duration: \d+ ms\t.*\tInit Duration: \d+\.\d\d ms\tStatus: timeout$/,
  );
});

test("a function that ignores SIGTERM ends at its time-out, and its environment serves the next invocation", async (t) => {
  const plane = await planeOf("scenario", { version: { timeoutMs: 3000 } });
  t.after(() => plane.close());
  const answer = (await plane.call({ do: "hang" })) as { errorType: string };
  assert.equal(answer.errorType, "Sandbox.Timedout");
  assert.equal(await plane.call({ do: "echo", value: "again" }), "again");
  const [, second] = await plane.reported(2);
  assert.equal(second!.initMs, undefined, "the same environment, initialised inside the invocation");
});

test("an answer that comes too late is nobody's", async (t) => {
  const plane = await planeOf("answers-late", { version: { timeoutMs: 1000 } });
  t.after(() => plane.close());
  const answers = [await plane.call({}), await plane.call({})] as { errorType: string }[];
  assert.deepEqual(
    answers.map((answer) => answer.errorType),
    ["Sandbox.Timedout", "Sandbox.Timedout"],
  );
  assert.ok(!plane.log.messages.some((line) => line.startsWith("late:")));
});

test("an init that takes too long is told, and tried again inside the invocation", async (t) => {
  const plane = await planeOfScript(slowFirstTime(60), { settings: { initTimeoutMs: 2000 }, version: { timeoutMs: 60_000 } });
  t.after(() => plane.close());
  assert.equal(await plane.call({}), "ready");
  const [record] = await plane.reported(1);
  assert.equal(record!.initMs, undefined);
  const reports = plane.log.messages.filter((line) => line.startsWith("INIT_REPORT"));
  assert.equal(reports.length, 1);
  assert.match(reports[0]!, /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout$/);
});

test("a second init that takes too long uses up the function's time-out", async (t) => {
  const plane = await planeOfScript("#!/bin/sh\nexec sleep 60\n", { settings: { initTimeoutMs: 300 }, version: { timeoutMs: 1000 } });
  t.after(() => plane.close());
  const answer = (await plane.call({})) as { errorType: string };
  assert.equal(answer.errorType, "Sandbox.Timedout");
  const [record] = await plane.reported(1);
  assert.equal(record!.durationMs, 1000);
  assert.deepEqual(
    plane.log.messages.map((line) => line.split(/[ \t]/)[0]),
    ["INIT_START", "INIT_REPORT", "INIT_REPORT", "START", "END", "REPORT"],
  );
  assert.match(plane.log.messages[2]!, /\tPhase: invoke\tStatus: timeout$/);
});

/** Sleeps `seconds` in its first life, marked by a file in its own /tmp; then answers with "ready". */
function slowFirstTime(seconds: number): string {
  return `#!/bin/sh
mark="\${TMPDIR:-/tmp}/begun"
if [ ! -e "$mark" ]; then : > "$mark"; exec sleep ${seconds}; fi
exec python3 -c '
import http.client, os
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    response = connection.getresponse()
    response.read()
    connection.request("POST", "/2018-06-01/runtime/invocation/" + response.getheader("Lambda-Runtime-Aws-Request-Id") + "/response", "\\"ready\\"")
    connection.getresponse().read()
'
`;
}
