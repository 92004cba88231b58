// What every sandbox driver promises of programs beside the runtime, and of connections into a sandbox, with real programs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import type { Exit, Launch, SandboxDriver } from "../../src/sandbox/sandbox.ts";
import { driversHere, PATIENCE, processesWith, python, Run, until } from "./sandbox-harness.ts";

const PATH = "/usr/local/bin:/usr/bin:/bin";
/** Answers one connection after the other with what it got. */
const ECHO =
  'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 0)); s.listen(); print("port", s.getsockname()[1], flush=True)\nwhile True:\n  c = s.accept()[0]; c.sendall(c.recv(100)); c.close()';

function companions(scripts: Readonly<Record<string, string>>): Pick<Launch, "companions"> {
  const start = ([name, script]: [string, string]) => ({ name, argv: ["/bin/bash", "-c", script], variables: { PATH } });
  return { companions: () => Object.entries(scripts).map(start) };
}

for (const tested of driversHere) {
  describe(`${tested.name} sandbox with companions`, PATIENCE, () => {
    let driver: SandboxDriver;

    before(async () => {
      driver = await tested.open();
    });
    after(async () => {
      await driver.close();
    });

    it("starts them alone, and the runtime when it is told to", async (t) => {
      const run = await Run.start(driver, "echo runtime; exec sleep 1000", {
        launch: companions({ one: "echo from one; exec sleep 1000" }),
      });
      t.after(() => run.stop());
      const beside = printedBeside(run);
      await until(() => beside.text === "from one\n");
      assert.equal(run.text, "");
      await run.sandbox.startRuntime();
      await run.printed(/runtime\n/);
      assert.equal(beside.text, "from one\n");
    });

    it("tells by name which one ended, how, and which one could not be started", async (t) => {
      const missing = { name: "missing", argv: ["/no/such/program"], variables: {} };
      const others = companions({ ends: "echo last words; exit 3", stays: "exec sleep 1000" }).companions!;
      const run = await Run.start(driver, "exec sleep 1000", { launch: { companions: (paths) => [missing, ...others(paths)] } });
      t.after(() => run.stop());
      const ends: Record<string, Exit> = {};
      run.sandbox.onCompanionEnd((name, exit) => {
        ends[name] = exit;
      });
      const beside = printedBeside(run);
      await until(() => Object.keys(ends).length === 2);
      assert.deepEqual(ends, { missing: { kind: "not-started", errno: "ENOENT" }, ends: { kind: "code", code: 3 } });
      assert.equal(beside.text, "last words\n");
    });

    it("ends them all at a restart, starts them again, and the runtime when it is told to", async (t) => {
      const mark = `5${Date.now()}`;
      const run = await Run.start(driver, "echo first; exec sleep 1000", { launch: companions({ one: `echo again; sleep ${mark}` }) });
      t.after(() => run.stop());
      const beside = printedBeside(run);
      const ends: string[] = [];
      run.sandbox.onCompanionEnd((name) => ends.push(name));
      await run.sandbox.startRuntime();
      await run.printed(/first/);
      await until(() => beside.text === "again\n");
      await run.sandbox.restart(() => ({ argv: ["/bin/bash", "-c", "echo second; exec sleep 1000"], variables: { PATH } }));
      await until(() => beside.text === "again\nagain\n");
      assert.equal(processesWith(`sleep ${mark}`).filter((pid) => pid > 0).length > 0, true);
      await run.sandbox.startRuntime();
      await run.printed(/second/);
      assert.deepEqual(ends, []);
      await run.sandbox.stop();
      assert.deepEqual(processesWith(mark), []);
    });

    it("stops their clocks with the runtime's", async (t) => {
      if (!driver.enforces.has("freeze")) return t.skip("no freezer here");
      const ticking = "while :; do echo tick; sleep 0.005; done";
      const run = await Run.start(driver, "exec sleep 1000", { launch: companions({ one: ticking }) });
      t.after(() => run.stop());
      const beside = printedBeside(run);
      await run.sandbox.startRuntime();
      await until(() => beside.text.length > 20);
      await run.sandbox.freeze();
      let atFreeze = 0;
      while (beside.text.length !== atFreeze) {
        atFreeze = beside.text.length; // some may have been on its way
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await run.sandbox.thaw();
      await until(() => beside.text.length > atFreeze + 20);
    });

    it("keeps an early runtime waiting for them", async (t) => {
      if (!tested.startsEarly) return t.skip("no early runtimes here");
      const shape = {
        mounts: [],
        network: "none",
        listeners: [{ name: "runtime", port: 9001 }],
        early: ["/bin/sh", "-c", "read -r line; echo early; exec sleep 1000"],
      } as const;
      const run = await Run.start(driver, "", { shape, launch: companions({ one: "echo one; exec sleep 1000" }) });
      t.after(() => run.stop());
      const beside = printedBeside(run);
      await until(() => beside.text === "one\n");
      assert.equal(run.text, "");
      await run.sandbox.startRuntime();
      await run.printed(/early/);
    });

    it("connects to what listens inside, and answers nothing where nobody does", async (t) => {
      const run = await Run.start(driver, python(ECHO));
      t.after(() => run.stop());
      const port = Number(/port (\d+)/.exec(await run.printed(/port \d+\n/))![1]);
      for (const word of ["one", "two"]) {
        const socket = await run.sandbox.connect(port);
        assert.ok(socket !== undefined, "nobody listens");
        socket.write(word);
        const [bytes] = await once(socket, "data");
        assert.equal(bytes.toString(), word);
        socket.destroy();
      }
      assert.equal(await run.sandbox.connect(1), undefined);
    });
  });
}

function printedBeside(run: Run): { text: string } {
  const printed = { text: "" };
  run.sandbox.companionOutput!.onData((bytes) => {
    printed.text += bytes.toString();
  });
  return printed;
}
