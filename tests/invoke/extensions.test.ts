// External extensions with real programs: the order of start and end, their events, their faults, their time.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { processesWith } from "../contract/sandbox-harness.ts";
import { closedGate } from "../platform/gate.ts";
import { type DataPlane, until } from "./data-plane.ts";
import { planeWith, TELLS } from "./extension-scripts.ts";

/** The first line that matches, once it is there. */
async function line(plane: DataPlane, pattern: RegExp, from = 0): Promise<string> {
  const find = () => plane.log.messages.slice(from).find((message) => pattern.test(message));
  await until(() => find() !== undefined);
  return find()!;
}

/** What a program that prints "name {json}" got. */
function eventsOf(plane: DataPlane, name: string): Record<string, unknown>[] {
  const lines = plane.log.messages.filter((message) => message.startsWith(`${name} {`));
  return lines.map((message) => JSON.parse(message.slice(name.length + 1)));
}

suite("external extensions", { timeout: 600_000 }, () => {
  test("get INVOKE with the invocation's facts, and SHUTDOWN at the end", async (t) => {
    const plane = await planeWith(t, { watcher: TELLS }, { program: "echo" });
    assert.deepEqual(await plane.call({ n: 1 }, { requestId: "11111111-0000-4000-8000-000000000001" }), { n: 1 });
    await plane.reported(1);
    await plane.invoker.close(0);
    const [invoke, shutdown, ...more] = eventsOf(plane, "watcher");
    assert.deepEqual(more, []);
    assert.ok((invoke!.deadlineMs as number) > Date.now() - 60_000);
    assert.deepEqual(invoke, {
      eventType: "INVOKE",
      deadlineMs: invoke!.deadlineMs,
      requestId: "11111111-0000-4000-8000-000000000001",
      invokedFunctionArn: plane.version.functionArn,
      tracing: { type: "X-Amzn-Trace-Id", value: "" },
    });
    assert.deepEqual(shutdown, { eventType: "SHUTDOWN", shutdownReason: "spindown", deadlineMs: shutdown!.deadlineMs });
  });

  test("register before the runtime starts, and AWS's line about them stands before START", async (t) => {
    const slow = `say("registers"); time.sleep(0.2); say("has registered")\n${TELLS}`;
    const plane = await planeWith(t, { slow });
    await plane.call({ do: "print", text: "the function runs" });
    await plane.reported(1);
    const kinds = plane.log.messages.map((message) => message.split(/[ \t]/)[0]);
    assert.deepEqual(kinds.slice(0, 5), ["INIT_START", "slow", "slow", "EXTENSION", "START"]);
    assert.ok(plane.log.messages.includes("EXTENSION\tName: slow\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"));
  });

  test("hold the invocation open after the caller has its answer, and the time counts", async (t) => {
    const gate = await closedGate();
    t.after(() => gate.close());
    const late = `
import socket
me, facts = register(["INVOKE"])
while True:
    event = next_event(me)
    gate = socket.create_connection(("127.0.0.1", ${gate.port}))
    gate.sendall(b"here")
    gate.recv(10)
    say("done")`;
    const plane = await planeWith(t, { late }, { program: "echo", sandbox: "process" });
    await plane.call({});
    const answeredMs = performance.now();
    await gate.reached(1);
    await new Promise((resolve) => setTimeout(resolve, 50)); // what is held open for some time has that time in its record
    assert.deepEqual([plane.log.messages.includes("late done"), plane.records.length], [false, 0]);
    const heldMs = performance.now() - answeredMs;
    gate.open();
    const [record] = await plane.reported(1);
    assert.ok(plane.log.messages.indexOf("late done") < plane.log.messages.findIndex((message) => message.startsWith("END")));
    const { durationMs, extensionsMs } = record!;
    // theirs begins when the runtime is back at /next, some time after the answer
    assert.ok(extensionsMs! > 0 && durationMs >= heldMs, `${durationMs} ms, ${extensionsMs} ms, held for ${heldMs} ms`);
    assert.equal(record!.failure, undefined);
  });

  test("that do not come back in time: a time-out for the log, while the caller has the answer", async (t) => {
    const stuck = `
me, facts = register(["INVOKE"])
next_event(me)
time.sleep(1000)`;
    const plane = await planeWith(t, { stuck, watcher: TELLS }, { program: "echo", version: { timeoutMs: 4000 } });
    assert.deepEqual(await plane.call({ n: 1 }), { n: 1 });
    const [record] = await plane.reported(1);
    assert.deepEqual([record!.failure, record!.durationMs, record!.isFunctionError], [{ status: "timeout" }, 4000, false]);
    assert.equal(eventsOf(plane, "watcher").at(-1)!.shutdownReason, "timeout");
    assert.deepEqual(await plane.call({ n: 2 }), { n: 2 });
  });

  test("that crash in an invocation fail it as Extension.Crash, the others are told, and the next one starts them again", async (t) => {
    const fragile = `
me, facts = register(["INVOKE"])
next_event(me)
mark = os.path.join(os.environ.get("TMPDIR", "/tmp"), "crashed")
os._exit(7) if not os.path.exists(mark) and not open(mark, "w").close() else next_event(me)`;
    const plane = await planeWith(t, { fragile, watcher: TELLS });
    const answer = (await plane.call({ do: "sleep", ms: 60_000 }, { requestId: "11111111-0000-4000-8000-000000000002" })) as object;
    assert.deepEqual(answer, {
      errorType: "Extension.Crash",
      errorMessage: "RequestId: 11111111-0000-4000-8000-000000000002 Error: exit status 7",
    });
    const [record] = await plane.reported(1);
    assert.deepEqual(record!.failure, { status: "error", errorType: "Extension.Crash" });
    assert.equal(eventsOf(plane, "watcher").at(-1)!.shutdownReason, "failure");
    await plane.invoke({ do: "print", text: "again" });
    assert.equal((await plane.reported(2))[1]!.failure, undefined);
    assert.equal((await plane.reported(2))[1]!.initMs, undefined);
  });

  test("that post an init error fail the first invocation as Extension.InitError", async (t) => {
    const plane = await planeWith(t, { broken: 'me, facts = register([])\nfail("init", me, "Extension.ConfigInvalid")\nsys.exit(3)' });
    const answer = (await plane.call({ do: "print", text: "x" })) as { errorType: string };
    assert.equal(answer.errorType, "Extension.InitError");
    await plane.reported(1);
    assert.ok(plane.log.messages.includes("EXTENSION\tName: broken\tState: InitError\tEvents: []\tError Type: Extension.ConfigInvalid"));
    const reports = plane.log.messages.filter((message) => message.startsWith("INIT_REPORT"));
    assert.deepEqual(
      reports.map((report) => report.split("\t").slice(1)),
      ["init", "invoke"].map((phase) => [`Phase: ${phase}`, "Status: error", "Error Type: Extension.InitError"]),
    );
  });

  test("that exit before they registered crash the init", async (t) => {
    const plane = await planeWith(t, { gone: "sys.exit(0)" });
    const answer = (await plane.call({}, { requestId: "11111111-0000-4000-8000-000000000003" })) as object;
    assert.deepEqual(answer, {
      errorType: "Extension.Crash",
      errorMessage: "RequestId: 11111111-0000-4000-8000-000000000003 Error: exit code 0",
    });
  });

  test("that may not be executed are a launch error with the program's name", async (t) => {
    const plane = await planeWith(t, { plain: TELLS }, { mode: 0o644 });
    const answer = (await plane.call({}, { requestId: "11111111-0000-4000-8000-000000000004" })) as object;
    assert.deepEqual(answer, {
      errorType: "Extension.LaunchError",
      errorMessage: "RequestId: 11111111-0000-4000-8000-000000000004 Error: fork/exec /opt/extensions/plain: permission denied",
    });
    await plane.reported(1);
    assert.ok(plane.log.messages.includes("EXTENSION\tName: plain\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"));
  });

  test("that never register let the init time out", async (t) => {
    const plane = await planeWith(t, { silent: "time.sleep(1000)" }, { settings: { initTimeoutMs: 300 }, version: { timeoutMs: 300 } });
    const answer = (await plane.call({})) as { errorType: string };
    assert.equal(answer.errorType, "Sandbox.Timedout");
    assert.ok(plane.log.messages.includes("EXTENSION\tName: silent\tState: Started\tEvents: []"));
    assert.match(await line(plane, /^INIT_REPORT/), /\tPhase: init\tStatus: timeout$/);
  });

  test("see the function's variables but for the runtime's own, and the account where they ask for it", async (t) => {
    const looks = `
me, facts = register([], {"Lambda-Extension-Accept-Feature": "accountId"})
say(json.dumps({"facts": facts, "variables": dict(os.environ)}))
next_event(me)`;
    const plane = await planeWith(t, { looks }, { program: "echo", version: { variables: { MINE: "1" } } });
    await plane.call({});
    await plane.reported(1);
    const [{ facts, variables }] = eventsOf(plane, "looks") as [{ facts: object; variables: Record<string, string> }];
    assert.deepEqual(facts, { functionName: "tested", functionVersion: "$LATEST", handler: "bootstrap", accountId: "000000000000" });
    assert.deepEqual([variables.MINE, variables.AWS_LAMBDA_FUNCTION_NAME, variables.AWS_ACCESS_KEY_ID], ["1", "tested", "ASIATEST"]);
    for (const name of ["_HANDLER", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_LOG_STREAM_NAME"]) assert.equal(variables[name], undefined, name);
  });

  test("that end while nothing runs are started again; an answer is lost at most where the end is seen only after the next INVOKE", async (t) => {
    const name = `leaves-${Date.now()}`;
    const leaves = `
import threading
me, facts = register(["INVOKE"])
next_event(me)
threading.Timer(0.05, lambda: os._exit(1)).start()
next_event(me)`;
    const plane = await planeWith(t, { [name]: leaves }, { program: "echo", settings: { freezeAfterMs: 60_000 } });
    const failures: object[] = [];
    for (let n = 0; n < 5; n++) {
      const answer = (await plane.call({ n })) as { n?: number };
      if (answer.n !== n) failures.push(answer);
      await plane.reported(n + 1);
      await until(() => processesWith(name).length === 0);
    }
    for (const { errorType } of failures as { errorType: string }[]) assert.equal(errorType, "Extension.Crash");
    assert.ok(failures.length < 4, `${failures.length} of 5 answers were lost`);
    const inits = plane.log.messages.filter((message) => message === `EXTENSION\tName: ${name}\tState: Ready\tEvents: [INVOKE]`);
    assert.ok(inits.length >= 2, `${inits.length} inits`);
  });

  test("that print without end hold up nobody", async (t) => {
    const floods = `
import threading
def flood():
    while True: print("x" * 1000)
threading.Thread(target=flood, daemon=True).start()
me, facts = register(["INVOKE"])
while True: next_event(me)`;
    const plane = await planeWith(t, { floods }, { program: "echo", version: { timeoutMs: 20_000 } });
    for (let n = 0; n < 3; n++) assert.deepEqual(await plane.call({ n }), { n });
    assert.ok((await plane.reported(3)).every(({ failure }) => failure === undefined));
  });

  test("that crash again and again leave no process behind", async (t) => {
    const mark = `3${Date.now()}`;
    const crashes = `
import subprocess
subprocess.Popen(["sleep", "${mark}"], start_new_session=True)
me, facts = register(["INVOKE"])
next_event(me)
os._exit(1)`;
    const plane = await planeWith(t, { crashes });
    const answers = await Promise.all(Array.from({ length: 12 }, () => plane.call({ do: "sleep", ms: 60_000 })));
    assert.ok(answers.every((answer) => (answer as { errorType: string }).errorType === "Extension.Crash"));
    await plane.invoker.close(0);
    assert.deepEqual(processesWith(mark), []);
    assert.deepEqual(plane.warnings, []);
  });

  test("have their time at the end, and are killed after it, with what they started", async (t) => {
    const mark = `4${Date.now()}`;
    const stays = `
import subprocess
subprocess.Popen(["sleep", "${mark}"])
me, facts = register(["SHUTDOWN"])
event = next_event(me)
say("left", 0 < event["deadlineMs"] - int(time.time() * 1000) <= 4000)
time.sleep(1000)`;
    const shutdown = { internalMs: 500, externalMs: 4000, runtimeMs: 600, telemetryMs: 300 };
    const plane = await planeWith(t, { stays }, { program: "echo", settings: { shutdown } });
    await plane.call({});
    await plane.reported(1);
    await plane.invoker.close(0);
    assert.ok(plane.log.messages.includes("stays left True"));
    assert.deepEqual(processesWith(mark), []);
  });
});
