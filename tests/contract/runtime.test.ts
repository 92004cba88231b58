// What every runtime of the table must do, through the real data plane: with its guest started when the function is known, and ahead of time.
// In a real sandbox where this machine can make one; the newest of each family also as a plain process, where nothing stands where AWS has it.
// Runtimes whose interpreter is not on this machine are skipped, and the skip says so.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { after, before, suite, test } from "node:test";
import type { RuntimeLaunch } from "../../src/runtimes/runtime.ts";
import { Runtimes, runtimeIds } from "../../src/runtimes/runtimes.ts";
import { chooseDriver, type DriverName, drivers } from "../../src/sandbox/drivers.ts";
import { ProcessDriver } from "../../src/sandbox/process.ts";
import { DataPlane, jsonOf, until } from "../invoke/data-plane.ts";
import { errorsOf, type Kind, streams, writeFunction } from "./runtime-functions.ts";

const withoutNetwork = { network: "none", allowPrivateNetworks: false } as const;
const search = { path: process.env.PATH ?? "", home: homedir(), variables: process.env };
const runtimes = new Runtimes({ search, given: new Map(), exact: false });

const isolated = await isolation();
const usable: string[] = [];

for (const id of runtimeIds) {
  const check = await runtimes.check(id);
  if (check.usable) usable.push(id);
  else test(id, { skip: check.because }, () => {});
}

for (const id of usable) covers(id, await runtimes.launchFor(id), isolated);
for (const family of ["provided", "nodejs", "python"]) {
  const newest = usable.findLast((id) => id.startsWith(family));
  if (newest !== undefined) covers(newest, await runtimes.launchFor(newest), "process");
}

/** "stem" where one can be made. */
async function isolation(): Promise<DriverName> {
  const { driver } = await chooseDriver({ ...withoutNetwork, sandbox: "auto" }).catch(() => ({ driver: new ProcessDriver() }));
  await driver.close();
  return driver.name;
}

function covers(id: string, launch: RuntimeLaunch, driver: DriverName): void {
  suite(`${id}, ${driver}`, () => contract({ id, launch: ordinary(launch), driver }));
  if (launch.earlyFor !== undefined) suite(`${id}, ${driver}, started early`, () => contract({ id, launch, driver }));
}

function ordinary({ earlyFor, ...launch }: RuntimeLaunch): RuntimeLaunch {
  return launch;
}

interface Tested {
  readonly id: string;
  readonly launch: RuntimeLaunch;
  readonly driver: DriverName;
}

async function planeOf({ id, launch, driver }: Tested, kind: Kind = "plain", timeoutMs = 60_000): Promise<DataPlane> {
  const { directory, handler } = await writeFunction(id, kind);
  const version = { runtime: id, handler, timeoutMs, memoryMb: 1024, variables: { GREETING: "grüezi", TZ: "Asia/Tokyo" } };
  const chosen = await drivers[driver].open({ ...withoutNetwork, network: driver === "process" ? "auto" : "none", sandbox: driver });
  return new DataPlane(directory, chosen.driver, { version, parts: { launchFor: () => launch } });
}

function contract(tested: Tested): void {
  const { id, launch } = tested;
  let plane: DataPlane;
  before(async () => {
    plane = await planeOf(tested);
  });
  after(() => plane.close());

  test("answers with what the handler returned", async () => {
    const value = { text: "grüezi \u{1f980}", number: 1.5, list: [null, true, []], nested: { "": "" } };
    assert.deepEqual(await plane.call({ do: "echo", value }), value);
  });

  test("a handler that returns nothing answers null", async () => {
    assert.equal(await plane.call({ do: "echo", value: null }), null);
  });

  test("tells the handler its request id and the ARN it was called by", async () => {
    const requestId = randomUUID();
    const { context } = (await plane.call({ do: "context" }, { requestId })) as { context: Record<string, string> };
    assert.equal(context.request_id, requestId);
    assert.equal(context.invoked_function_arn, plane.version.functionArn);
  });

  test("has the function's variables and AWS's, and works in the function's folder", async () => {
    const { variables, directory } = (await plane.call({ do: "environment" })) as { variables: Record<string, string>; directory: string };
    assert.equal(variables.GREETING, "grüezi");
    assert.equal(variables.TZ, "Asia/Tokyo");
    assert.equal(variables.AWS_LAMBDA_FUNCTION_NAME, plane.version.name);
    assert.equal(variables.AWS_EXECUTION_ENV, id.startsWith("provided") ? undefined : `AWS_Lambda_${id}`);
    assert.equal(directory, variables.LAMBDA_TASK_ROOT);
  });

  if (process.platform === "linux") {
    test("was started when it should have been", async () => {
      const { text } = (await plane.call({ do: "read-file", path: "/proc/self/cmdline" })) as { text: string };
      assert.equal(text.includes("--early"), launch.earlyFor !== undefined);
    });
  }

  test("an error of the handler is its answer, and the next invocation finds the same environment", async () => {
    const result = await plane.invoke({ do: "error", message: "no such order" });
    assert.equal(result.functionError, "Unhandled");
    const { errorType, errorMessage } = jsonOf(result) as { errorType: string; errorMessage: string };
    assert.equal(errorMessage, "no such order");
    assert.equal(errorType, errorsOf(id).thrown);
    assert.equal(await plane.call({ do: "echo", value: 1 }), 1);
  });

  test("printed lines are in the log, between START and END", async () => {
    const requestId = randomUUID();
    await plane.call({ do: "print-lines", count: 3, text: " printed" }, { requestId });
    await until(() => plane.log.messages.some((message) => message.startsWith(`REPORT RequestId: ${requestId}`)));
    const from = plane.log.messages.indexOf(`START RequestId: ${requestId} Version: $LATEST`);
    const to = plane.log.messages.indexOf(`END RequestId: ${requestId}`);
    // On a slow machine another environment, which served the call before, may report meanwhile.
    const printed = plane.log.messages.slice(from + 1, to).filter((message) => message.endsWith(" printed"));
    assert.deepEqual(printed, ["0 printed", "1 printed", "2 printed"]);
  });

  test("answers with as many bytes as AWS allows", async () => {
    const bytes = 6 * 1024 * 1024;
    assert.equal((await plane.invoke({ do: "big", bytes })).payload.byteLength, bytes);
  });

  test("an answer that is too large is refused, and the next invocation works", async () => {
    const answer = (await plane.call({ do: "big", bytes: 7 * 1024 * 1024 })) as { errorType: string };
    assert.equal(answer.errorType, "Function.ResponseSizeTooLarge");
    assert.equal(await plane.call({ do: "echo", value: 2 }), 2);
  });

  test("takes an event of 6 MB", async () => {
    const value = "y".repeat(6 * 1024 * 1024 - 100);
    assert.equal(await plane.call({ do: "echo", value }), value);
  });

  test("an exit is Runtime.ExitError with its status, and the next invocation works", async () => {
    const answer = (await plane.call({ do: "exit", code: 7 })) as { errorType: string; errorMessage: string };
    assert.equal(answer.errorType, "Runtime.ExitError");
    assert.match(answer.errorMessage, /exit status 7$/);
    assert.equal(await plane.call({ do: "echo", value: 3 }), 3);
  });

  test("a handler that takes too long is Sandbox.Timedout", async () => {
    const hurried = await planeOf(tested, "plain", 500);
    try {
      const answer = (await hurried.call({ do: "sleep", ms: 60_000 })) as { errorType: string; errorMessage: string };
      assert.equal(answer.errorType, "Sandbox.Timedout");
      assert.match(answer.errorMessage, /Task timed out after 0\.50 seconds$/);
    } finally {
      await hurried.close();
    }
  });

  test("a function that cannot be loaded answers with the reason", async () => {
    const broken = await planeOf(tested, "broken");
    try {
      const result = await broken.invoke({ do: "echo", value: 1 });
      assert.equal(result.functionError, "Unhandled");
      assert.match((jsonOf(result) as { errorType: string }).errorType, errorsOf(id).init);
    } finally {
      await broken.close();
    }
  });

  if (!streams(id)) return;
  test("a streamed answer arrives whole, and one that breaks is an error", async () => {
    const streaming = await planeOf(tested, "streaming");
    try {
      const whole = await streaming.invoke({ chunks: 3 });
      assert.equal(Buffer.from(whole.payload).toString(), "chunk 0\nchunk 1\nchunk 2\n");
      assert.equal(whole.functionError, undefined);
      const broken = await streaming.invoke({ chunks: 1, fail: true });
      assert.equal(broken.functionError, "Unhandled");
      assert.equal((jsonOf(broken) as { errorMessage: string }).errorMessage, "the stream broke");
    } finally {
      await streaming.close();
    }
  });
}
