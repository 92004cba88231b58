// What every sandbox driver promises, with real programs inside.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Exit, Launch, SandboxDriver, Shape } from "../../src/sandbox/sandbox.ts";
import { driversHere, PATIENCE, plainShape, processesWith, python, Run, runScript, until } from "./sandbox-harness.ts";

for (const tested of driversHere) {
  describe(`${tested.name} sandbox`, PATIENCE, () => {
    let driver: SandboxDriver;
    const enforces = (what: Parameters<SandboxDriver["enforces"]["has"]>[0]) => driver.enforces.has(what);

    before(async () => {
      driver = await tested.open();
    });
    after(async () => {
      await driver.close();
    });

    it("runs a program and reports its exit code after all that it printed", async () => {
      const { text, exit } = await runScript(driver, "echo one; echo two >&2; echo three; exit 3");
      assert.equal(text, "one\ntwo\nthree\n");
      assert.deepEqual(exit, { kind: "code", code: 3 });
    });

    it("reports the signal that ended a program", async () => {
      const { exit } = await runScript(driver, "kill -SEGV $$");
      assert.equal(exit.kind === "signal" && exit.signal, "SIGSEGV");
    });

    it("connects a program to whom answers the listener, and keeps the connection", async () => {
      const sockets: Socket[] = [];
      const run = await Run.start(driver, "exec 3<>/dev/tcp/$RUNTIME; read line <&3; echo got $line; read line <&3; echo got $line", {
        accept: (socket) => sockets.push(socket),
      });
      await until(() => sockets.length === 1);
      sockets[0]!.write("a\n");
      await run.printed(/got a\n/);
      sockets[0]!.write("b\n");
      await run.printed(/got b\n/);
      await run.stop();
    });

    it("has handed out every line that was printed before an answer, each time", async () => {
      const rounds = 100;
      const script =
        "exec 3<>/dev/tcp/$RUNTIME; while read n <&3; do for i in 1 2 3 4 5 6 7 8 9 10; do echo line $n $i; done; echo done >&3; done";
      let socket: Socket | undefined;
      const run = await Run.start(driver, script, { accept: (accepted) => (socket = accepted) });
      await until(() => socket !== undefined);
      for (let round = 0; round < rounds; round += 1) {
        const answered = new Promise((resolve) => socket!.once("data", resolve));
        socket!.write(`${round}\n`);
        await answered;
        await run.sandbox.output.drained();
        assert.ok(run.text.endsWith(`line ${round} 10\n`), `round ${round} ended in ${run.text.slice(-40)}`);
      }
      await run.stop();
    });

    it("does not read what is printed while its output is paused", async () => {
      const run = await Run.start(driver, "head -c 5000000 /dev/zero; echo end");
      run.sandbox.output.pause();
      const atPause = run.text.length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.ok(run.text.length - atPause < 300_000, `${run.text.length - atPause} bytes came while paused`);
      run.sandbox.output.resume();
      assert.deepEqual(await run.ended, { kind: "code", code: 0 });
      assert.equal(run.text.length, 5_000_004);
      await run.stop();
    });

    it("reports the end of a program whose output is paused, and ends it", async () => {
      const run = await Run.start(driver, "echo ready; read line < /dev/tcp/$RUNTIME; exec head -c 1000000 /dev/zero");
      await run.printed(/ready/);
      run.sandbox.output.pause();
      run.sandbox.signal("SIGKILL");
      assert.equal((await run.ended).kind, "signal");
      assert.deepEqual(await run.stop(), { kind: "stopped" });
    });

    it("tells a missing, a forbidden and a malformed program apart", async () => {
      const folder = mkdtempSync(join(tmpdir(), "lambent-programs-"));
      const write = (name: string, content: string | Buffer, mode: number) => {
        writeFileSync(join(folder, name), content);
        chmodSync(join(folder, name), mode);
      };
      chmodSync(folder, 0o755);
      const otherMachine = Buffer.alloc(64);
      otherMachine.write("\x7fELF\x02\x01\x01", "latin1");
      otherMachine.writeUInt16LE(2, 16);
      otherMachine.writeUInt16LE(0x2a, 18); // SuperH
      write("forbidden", "#!/bin/sh\n", 0o644);
      write("no-format", "echo hello\n", 0o755);
      write("other-machine", otherMachine, 0o755);
      write("carriage-return", "#!/bin/sh\r\necho hello\r\n", 0o755);
      const expected = {
        missing: "ENOENT",
        forbidden: "EACCES",
        "no-format": "ENOEXEC",
        "other-machine": "ENOEXEC",
        "carriage-return": "ENOENT",
      };
      const launch: Partial<Launch> = { code: folder };
      for (const [name, errno] of Object.entries(expected)) {
        const argv = (paths: { task: string }) => [join(paths.task, name)];
        const command: Launch["command"] = (paths) => ({ argv: argv(paths), variables: {} });
        const { exit } = await runScript(driver, "", { launch: { ...launch, command } });
        assert.deepEqual(exit, { kind: "not-started", errno }, name);
      }
      rmSync(folder, { recursive: true });
    });

    it("starts again in place: /tmp is kept, everything else inside is gone", async () => {
      const mark = `7${Date.now()}`;
      const run = await Run.start(
        driver,
        `[ -e $TMP/kept ] && echo second || { touch $TMP/kept; setsid sleep ${mark} & echo first; }; exec sleep 1000`,
      );
      await run.printed(/first/);
      const before = processesWith(mark).length;
      let command: Parameters<typeof run.sandbox.restart>[0] = () => ({ argv: [], variables: {} });
      command = (paths) => ({
        argv: ["/bin/bash", "-c", "[ -e $TMP/kept ] && echo second; exec sleep 1000"],
        variables: { TMP: paths.tmp, PATH: "/usr/bin:/bin" },
      });
      await run.sandbox.restart(command);
      await run.printed(/second/);
      assert.ok(before > 0);
      assert.deepEqual(processesWith(mark), []);
      await run.stop();
    });

    it("starts again after its program ended, and after it could not be executed", async () => {
      const run = await Run.start(driver, "exit 4");
      assert.deepEqual(await run.ended, { kind: "code", code: 4 });
      await run.sandbox.restart(() => ({ argv: ["/no/such/program"], variables: {} }));
      await run.sandbox.restart(() => ({ argv: ["/bin/sh", "-c", "echo again; exec sleep 1000"], variables: { PATH: "/usr/bin:/bin" } }));
      await run.printed(/again/);
      await run.stop();
    });

    it("does not tell the end of a program once another is started in its stead", async () => {
      const { promise, resolve: accept } = Promise.withResolvers<Socket>();
      const run = await Run.start(driver, "read -r _ < /dev/tcp/$RUNTIME; echo last; exit 4", { accept });
      const ends: Exit[] = [];
      run.sandbox.onRuntimeEnd((exit) => ends.push(exit));
      run.sandbox.output.pause(); // so that what it prints is read when its end is known, and before that is told
      (await promise).end("\n");
      await run.printed(/last/);
      await run.sandbox.restart(() => ({ argv: ["/bin/sh", "-c", "echo again; exec sleep 1000"], variables: { PATH: "/usr/bin:/bin" } }));
      run.sandbox.output.resume();
      await run.printed(/again/);
      assert.deepEqual(ends, []);
      await run.stop();
    });

    it("ends a program that ignores SIGTERM", async () => {
      const run = await Run.start(driver, "trap 'echo ignored' TERM; echo ready; while :; do sleep 0.01; done");
      await run.printed(/ready/);
      run.sandbox.signal("SIGTERM");
      await run.printed(/ignored/);
      assert.deepEqual(await run.stop(), { kind: "stopped" });
      assert.deepEqual(await run.sandbox.gone, { kind: "stopped" });
    });

    it("ends what a program left behind: forked, in sessions of its own, without a parent", async () => {
      const mark = `8${Date.now()}`;
      const run = await Run.start(
        driver,
        `(setsid bash -c 'setsid sleep ${mark} & setsid sleep ${mark} &' &); sleep 0.05; echo left; exit 0`,
      );
      await run.ended;
      await until(() => processesWith(`sleep ${mark}`).length === 2);
      await run.stop();
      assert.deepEqual(processesWith(mark), []);
    });

    it("ends a program that forks without end", async (t) => {
      if (!enforces("pids")) return t.skip("no limit of processes here");
      const mark = `9${Date.now()}`;
      const run = await Run.start(driver, `f() { sleep ${mark} & f & f & }; f 2>/dev/null; echo ready; exec sleep 1000`, {
        launch: { pidsMax: 40 },
      });
      await run.printed(/ready/);
      await run.stop();
      assert.deepEqual(processesWith(mark), []);
    });

    it("ends a program that takes more memory than it may, and says so", async (t) => {
      if (!enforces("memory")) return t.skip("no limit of memory here");
      const script = python("import time; a = bytearray(300 << 20); time.sleep(100)");
      const run = await Run.start(driver, script, { launch: { memoryMb: 128 } });
      assert.deepEqual(await run.ended, { kind: "out-of-memory" });
      const { memoryPeakBytes } = await run.sandbox.usage();
      assert.ok(memoryPeakBytes >= 120 << 20, `peak ${memoryPeakBytes}`);
      await run.sandbox.restart(() => ({ argv: ["/bin/sh", "-c", "kill -9 $$"], variables: {} }));
      await run.stop();
    });

    it("tells SIGKILL from running out of memory", async () => {
      const { exit } = await runScript(driver, "kill -KILL $$");
      assert.equal(exit.kind, "signal");
    });

    it("stops a frozen program's clock, and starts it again", async (t) => {
      if (!enforces("freeze")) return t.skip("no freezer here");
      let ticks = 0;
      const run = await Run.start(driver, "exec 3<>/dev/tcp/$RUNTIME; while :; do echo tick >&3; sleep 0.005; done", {
        accept: (socket) => socket.on("data", () => (ticks += 1)),
      });
      await until(() => ticks > 3);
      await run.sandbox.freeze();
      await run.sandbox.freeze();
      let atFreeze = 0;
      while (ticks !== atFreeze) {
        atFreeze = ticks; // some may have been on their way
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await run.sandbox.thaw();
      await run.sandbox.thaw();
      await until(() => ticks > atFreeze + 3);
      await run.stop();
    });

    it("stops, and starts again, while frozen", async (t) => {
      if (!enforces("freeze")) return t.skip("no freezer here");
      const mark = `6${Date.now()}`;
      const run = await Run.start(driver, `sleep ${mark} & echo ready; sleep ${mark}`);
      await run.printed(/ready/);
      await run.sandbox.freeze();
      await run.sandbox.restart(() => ({ argv: ["/bin/sh", "-c", `echo again; sleep ${mark}`], variables: { PATH: "/usr/bin:/bin" } }));
      await run.printed(/again/);
      await run.sandbox.freeze();
      assert.deepEqual(await run.stop(), { kind: "stopped" });
      assert.deepEqual(processesWith(mark), []);
    });

    it("counts CPU time and memory", async (t) => {
      if (!enforces("memory")) return t.skip("no account here");
      const run = await Run.start(
        driver,
        "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; x=$(printf '%*s' 20000000 ''); echo ready; sleep 1000; true",
      );
      await run.printed(/ready/);
      const { cpuUs, memoryBytes } = await run.sandbox.usage();
      assert.ok(cpuUs > 10_000, `${cpuUs} us`);
      assert.ok(memoryBytes > 10_000_000, `${memoryBytes} bytes`); // so much that what an init takes or gives back does not matter
      await run.stop();
    });

    it("hands an early runtime its function as one line", async (t) => {
      if (!tested.startsEarly) return t.skip("no early runtimes here");
      const early: Shape = { ...plainShape, early: ["/bin/sh", "-c", 'echo waiting; read -r line; echo "$line"; exec sleep 1000'] };
      const run = await Run.start(driver, "", { shape: early });
      await run.printed(/\n\{.*\}\n/);
      const line = JSON.parse(run.text.split("\n")[1]!);
      assert.deepEqual({ path: line.variables.PATH, cwd: line.cwd }, { path: "/usr/local/bin:/usr/bin:/bin", cwd: line.variables.TASK });
      await run.stop();
    });

    it("starts the ordinary command after a restart, though the first runtime was an early one", async (t) => {
      if (!tested.startsEarly) return t.skip("no early runtimes here");
      const early: Shape = { ...plainShape, early: ["/bin/sh", "-c", "read -r line; echo early; exec sleep 1000"] };
      const run = await Run.start(driver, "echo ordinary; exec sleep 1000", { shape: early });
      await run.printed(/early/);
      await run.sandbox.restart(() => ({
        argv: ["/bin/sh", "-c", "echo ordinary; exec sleep 1000"],
        variables: { PATH: "/usr/bin:/bin" },
      }));
      await run.printed(/ordinary/);
      await run.stop();
    });

    it("discards a stem that was never started", async () => {
      const stem = await driver.prepare({ ...plainShape, early: ["/bin/sh", "-c", "read -r line"] });
      assert.equal(stem.isReady, true);
      await stem.discard();
      assert.equal(stem.isReady, false);
    });

    it("leaves no descriptor open", async () => {
      await runScript(driver, "true");
      const { readdirSync } = await import("node:fs");
      const open = () => readdirSync("/proc/self/fd").length;
      const before = open();
      for (let round = 0; round < 5; round += 1) await runScript(driver, "exec 3<>/dev/tcp/$RUNTIME; echo hello");
      await until(() => open() <= before);
    });
  });
}
