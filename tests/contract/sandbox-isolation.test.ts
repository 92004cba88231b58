// What a function can and cannot do inside a driver with isolation: one row each, tried by a real program.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { SandboxDriver, Shape } from "../../src/sandbox/sandbox.ts";
import { driversHere, isRoot, PATIENCE, plainShape, Run, runScript, until } from "./sandbox-harness.ts";

/** Calls by number, since the C library has no function for them; prints the errno's name, or "allowed". */
const CALL = `
import ctypes, errno, os, sys, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*a):
    r = libc.syscall(*a)
    print(errno.errorcode[ctypes.get_errno()] if r < 0 else "allowed")
`;
const python = (program: string) => `python3 - <<'END'\n${CALL}${program}\nEND`;
const numbers =
  process.arch === "x64"
    ? { unshare: 272, clone: 56, clone3: 435, keyctl: 250, bpf: 321, io_uring: 425, ptrace: 101 }
    : { unshare: 97, clone: 220, clone3: 435, keyctl: 219, bpf: 280, io_uring: 425, ptrace: 117 };

const rows: readonly { readonly name: string; readonly script: string; readonly expected: RegExp; readonly needsFilter?: true }[] = [
  { name: "is AWS's user", script: "id -u; id -un; id -g", expected: /^993\nsbx_user1051\n993\n$/ },
  {
    name: "sees no files of the host",
    script: "ls /root /home /work /etc/shadow /sys /run 2>&1 | grep -c 'No such file'",
    expected: /^6\n$/,
  },
  {
    name: "can write nowhere but /tmp and /dev/shm",
    script:
      "for d in / /usr /etc /var /var/task /opt /dev /var/runtime; do touch $d/x 2>/dev/null && echo wrote $d; done; touch /tmp/x /dev/shm/x && echo tmp",
    expected: /^tmp\n$/,
  },
  { name: "sees only its own processes", needsFilter: true, script: "ls /proc | grep -E '^[0-9]+$' | wc -l", expected: /^[2-5]\n$/ },
  {
    name: "cannot look into pid 1",
    needsFilter: true,
    script: "cat /proc/1/environ /proc/1/maps 2>&1 | grep -c denied; ls /proc/1/fd /proc/1/root 2>&1 | grep -c denied",
    expected: /^2\n2\n$/,
  },
  {
    name: "has no capability, no new privileges, and a filter",
    needsFilter: true,
    script: "grep -E '^(CapEff|CapBnd|CapPrm|CapInh|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t \\n'",
    expected: /^CapInh:0{16}CapPrm:0{16}CapEff:0{16}CapBnd:0{16}NoNewPrivs:1Seccomp:2$/,
  },
  {
    name: "its pid 1 has no capability either, and a filter",
    needsFilter: true,
    script: "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/1/status | tr -d '\\t \\n'",
    expected: /^CapEff:0{16}CapBnd:0{16}NoNewPrivs:1Seccomp:2$/,
  },
  {
    name: "has AWS's limits of descriptors, locked memory and core files",
    needsFilter: true,
    script: "ulimit -n -l -c; (ulimit -n 1025) 2>/dev/null || echo refused",
    expected: /1024[\s\S]* 64[\s\S]* 0\nrefused\n$/,
  },
  {
    name: "can open no more files than it may",
    needsFilter: true,
    script: python(
      'f = []\ntry:\n  while True: f.append(open("/dev/null"))\nexcept OSError as e: print(errno.errorcode[e.errno], 1000 < len(f) < 1024)',
    ),
    expected: /^EMFILE True\n$/,
  },
  {
    name: "cannot fill more than its /tmp",
    needsFilter: true,
    script:
      "head -c 100M /dev/zero > /tmp/full; ls -s --block-size=M /tmp/full; head -c 100M /dev/zero > /dev/shm/full; ls -s --block-size=M /dev/shm/full",
    expected: /No space left on device\n64M \/tmp\/full\n.*No space left on device\n64M /,
  },
  {
    name: "has a loopback device and nothing else",
    script: "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route | wc -l; cat /proc/net/ipv6_route | grep -vc ' lo$'",
    expected: /^\s*lo\n1\n0\n$/,
  },
  {
    name: "reaches no address outside",
    script:
      "for a in 1.1.1.1/53 10.0.0.1/80 192.168.0.1/80 8.8.8.8/443; do timeout 30 bash -c \"</dev/tcp/$a\" 2>&1 | grep -o 'unreachable' | head -1; done",
    expected: /^(unreachable\n){4}$/,
  },
  {
    name: "is refused at the metadata address at once",
    needsFilter: true,
    script: "timeout 30 bash -c '</dev/tcp/169.254.169.254/80' 2>&1 | grep -o refused | head -1",
    expected: /^refused\n$/,
  },
  {
    name: "has no socket that leaves its network namespace",
    needsFilter: true,
    script: python(
      "for f in (40, 38, 17, 44):\n  try: socket.socket(f, socket.SOCK_STREAM if f == 40 else socket.SOCK_SEQPACKET if f == 38 else socket.SOCK_RAW); print('allowed')\n  except OSError as e: print(errno.errorcode[e.errno])",
    ),
    expected: /^(EAFNOSUPPORT\n){4}$/,
  },
  {
    name: "cannot make namespaces",
    needsFilter: true,
    script: python(`call(${numbers.unshare}, 0x10000000)\ncall(${numbers.clone}, 0x10000011, 0, 0, 0, 0)\ncall(${numbers.clone3}, 0, 0)`),
    expected: /^EPERM\nEPERM\nENOSYS\n$/,
  },
  {
    name: "cannot use what opens the kernel",
    needsFilter: true,
    script: python(
      `call(${numbers.keyctl}, 0, 0)\ncall(${numbers.bpf}, 0, 0, 0)\ncall(${numbers.io_uring}, 8, 0)\ncall(${numbers.ptrace}, 0, 0, 0, 0)`,
    ),
    expected: /^(EPERM\n){4}$/,
  },
  { name: "cannot mount", script: "mount -t tmpfs none /tmp 2>&1 | grep -ciE 'denied|must be superuser|permitted'", expected: /^1\n$/ },
  {
    name: "cannot change the host's name or settings",
    script:
      "hostname other 2>&1 | grep -c 'must be root\\|permitted'; hostname; echo 1 2>/dev/null > /proc/sys/kernel/hostname || echo denied",
    expected: /^1\nsandbox\ndenied\n$/,
  },
  {
    name: "gains nothing from set-uid programs",
    script: "find /usr/bin -perm -4000 -name 'su' | wc -l; su -c id 2>&1 | grep -c uid=0",
    expected: /^\d+\n0\n$/,
  },
  {
    name: "opens stdout and stderr by name",
    needsFilter: true,
    script: "echo one > /dev/stdout; echo two > /dev/stderr; echo three > /proc/self/fd/1",
    expected: /^one\ntwo\nthree\n$/,
  },
  { name: "finds SIGPIPE as programs expect it", script: "yes | head -1; echo $PIPESTATUS", expected: /^y\n141\n$/ },
  {
    name: "inherits no descriptor",
    needsFilter: true,
    script: "ls -l /proc/self/fd | grep -oE '[0-9]+ -> .*' | grep -v /proc/ | sed 's/pipe:.*/pipe/'",
    expected: /^0 -> \/dev\/null\n1 -> pipe\n2 -> pipe\n$/,
  },
];

for (const tested of driversHere.filter((driver) => driver.isolates !== "nothing")) {
  describe(`isolation by ${tested.name}`, PATIENCE, () => {
    let driver: SandboxDriver;
    before(async () => {
      driver = await tested.open();
    });
    after(async () => {
      await driver.close();
    });

    for (const row of rows) {
      it(`a function ${row.name}`, async (t) => {
        if (row.needsFilter === true && tested.isolates !== "all") return t.skip("this driver has no filter, and a pid 1 that can be seen");
        const { text } = await runScript(driver, row.script);
        assert.match(text, row.expected);
      });
    }

    it("an early runtime has the same limits", async (t) => {
      if (!tested.startsEarly) return t.skip("no early runtimes here");
      const script =
        "read -r line; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status /proc/1/status | tr -d '\\t \\n'; ulimit -n; ls /host /tmp/host 2>&1 | grep -c 'No such'";
      const { text } = await runScript(driver, "", { shape: { ...plainShape, early: ["/bin/bash", "--norc", "-c", script] } });
      assert.match(
        text,
        /^(\/proc\/(self|1)\/status:CapEff:0{16}\/proc\/(self|1)\/status:NoNewPrivs:1\/proc\/(self|1)\/status:Seccomp:2){2}1024\n2\n$/,
      );
    });

    it("a function does not reach what listens on the host", async () => {
      const server = createServer();
      server.listen(0, "0.0.0.0");
      await once(server, "listening");
      const port = (server.address() as { port: number }).port;
      const { text } = await runScript(driver, `timeout 2 bash -c '</dev/tcp/127.0.0.1/${port}' 2>&1 | grep -o refused | head -1`);
      server.close();
      assert.equal(text, "refused\n");
    });

    it("two sandboxes share no files, no memory and no abstract sockets", async () => {
      const bind =
        'import socket; s = socket.socket(socket.AF_UNIX); s.bind("\\0shared"); print("bound", flush=True); import time; time.sleep(100)';
      const first = await Run.start(driver, `echo secret > /tmp/a; echo secret > /dev/shm/a; exec python3 -c '${bind}'`);
      await first.printed(/bound/);
      const { text } = await runScript(driver, `ls /tmp /dev/shm; timeout 5 python3 -c '${bind.replace("time.sleep(100)", "")}'`);
      await first.stop();
      assert.equal(text, "/dev/shm:\n\n/tmp:\nbound\n");
    });

    it("code is shown read-only, though directories above it are closed to others", async () => {
      const closed = mkdtempSync(join(tmpdir(), "lambent-closed-"));
      mkdirSync(join(closed, "below", "code"), { recursive: true });
      mkdirSync(join(closed, "below", "layers"));
      writeFileSync(join(closed, "below", "code", "file"), "code\n");
      writeFileSync(join(closed, "below", "layers", "file"), "layer\n");
      chmodSync(closed, 0o700);
      const launch = { code: join(closed, "below", "code"), layers: join(closed, "below", "layers") };
      const shape: Shape = { ...plainShape, mounts: [{ from: join(closed, "below", "layers"), to: "/var/runtime" }] };
      const { text } = await runScript(
        driver,
        "cat /var/task/file /opt/file /var/runtime/file; for d in task runtime; do echo x 2>/dev/null > /var/$d/file || echo read-only; done",
        { launch, shape },
      );
      rmSync(closed, { recursive: true });
      assert.equal(text, "code\nlayer\nlayer\nread-only\nread-only\n");
    });

    it("what cannot be shown is refused by name, and shown once it is there", async () => {
      const folder = mkdtempSync(join(tmpdir(), "lambent-later-"));
      chmodSync(folder, 0o755);
      const shape: Shape = { ...plainShape, mounts: [{ from: join(folder, "later"), to: "/var/runtime" }] };
      const start = () => runScript(driver, "cat /var/runtime/file", { shape });
      await assert.rejects(start, /later cannot be shown in a sandbox: ENOENT/);
      mkdirSync(join(folder, "later"));
      writeFileSync(join(folder, "later", "file"), "here\n");
      assert.equal((await start()).text, "here\n");
      await assert.rejects(
        runScript(driver, "true", { launch: { code: join(folder, "none") } }),
        /none cannot be shown in a sandbox: ENOENT/,
      );
      rmSync(folder, { recursive: true });
    });

    it("a mount that has no place in the root is refused", async () => {
      const shape: Shape = { ...plainShape, mounts: [{ from: "/usr", to: "/usr/no/such/place" }] };
      await assert.rejects(runScript(driver, "true", { shape }), { code: "sandbox-not-started" });
      assert.equal((await runScript(driver, "echo well")).text, "well\n");
    });

    it("each sandbox has a user id of its own on the host", { skip: !isRoot }, async () => {
      const { readdirSync, readFileSync } = await import("node:fs");
      const mark = `5${Date.now()}`;
      const runs = await Promise.all([1, 2].map(() => Run.start(driver, `echo ready; sleep ${mark}`)));
      await Promise.all(runs.map((run) => run.printed(/ready/))); // before that it may still be the launcher
      const uids = () =>
        readdirSync("/proc")
          .filter((name) => /^\d+$/.test(name))
          .flatMap((pid) => {
            try {
              const isOurs = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
              return isOurs ? [/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]!] : [];
            } catch {
              return [];
            }
          });
      const found = new Set<string>();
      const look = () => {
        for (const uid of uids()) found.add(uid);
        return found.size > 1; // a shell that becomes its program has no command line for a moment
      };
      await until(look);
      await Promise.all(runs.map((run) => run.stop()));
      assert.equal(found.size, 2);
      assert.ok(!found.has("0"));
    });

    it("a function has no more processes than it may", async (t) => {
      if (!driver.enforces.has("pids")) return t.skip("no limit of processes here");
      const { text } = await runScript(
        driver,
        python(
          "n = 0\ntry:\n  while True:\n    if os.fork() == 0: os.pause() if hasattr(os, 'pause') else __import__('signal').pause()\n    n += 1\nexcept OSError as e: print(errno.errorcode[e.errno], n < 40)",
        ),
        { launch: { pidsMax: 20 } },
      );
      assert.equal(text, "EAGAIN True\n");
    });

    it("a function's files in /tmp are not counted as its memory", async (t) => {
      if (!driver.enforces.has("memory") || tested.isolates !== "all") return t.skip("not told apart here");
      // It goes on when this process, which moves its limit now and then, has had time to: a machine out of breath must not decide.
      const accept = (socket: Socket) => socket.on("data", () => setTimeout(() => socket.write("on\n"), 60));
      const script =
        "exec 3<>/dev/tcp/$RUNTIME; for i in $(seq 20); do head -c 10000000 /dev/zero > /tmp/$i; echo >&3; read -r _ <&3; done; du -sm /tmp | cut -f1; exec sleep 1000";
      const run = await Run.start(driver, script, { launch: { memoryMb: 64, tmpMb: 512 }, accept });
      await Promise.race([run.printed(/^\d+\n/), run.ended.then((exit) => assert.fail(JSON.stringify(exit)))]);
      const { memoryPeakBytes } = await run.sandbox.usage();
      await run.stop();
      assert.ok(Number.parseInt(run.text, 10) > 180, run.text);
      assert.ok(memoryPeakBytes < 64 << 20, `peak ${memoryPeakBytes}`);
    });

    it("a function gets its share of a core", async (t) => {
      if (!driver.enforces.has("cpu")) return t.skip("no share of CPU here");
      const run = await Run.start(driver, "echo ready; while :; do :; done", { launch: { cpuShare: 0.1 } });
      await run.printed(/ready/);
      run.sandbox.holdToShare();
      const from = (await run.sandbox.usage()).cpuUs;
      const startedAt = performance.now();
      let usedUs = 0;
      while (usedUs < 40_000) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        usedUs = (await run.sandbox.usage()).cpuUs - from;
      }
      const share = usedUs / ((performance.now() - startedAt) * 1_000);
      await run.stop();
      assert.ok(share < 0.2, `${share} of a core`); // more only if nothing holds it; a busy machine may give it less
    });

    it("a listener with a name of its own is found by that name", async () => {
      const shape: Shape = {
        ...plainShape,
        listeners: [...plainShape.listeners, { name: "db", port: 5432, hostName: "db.lambent.internal" }],
      };
      const stem = await driver.prepare(shape);
      stem.onConnection("db", (socket) => socket.end("database\n"));
      const address = stem.address("db");
      await stem.discard();
      assert.match(address, /^(169\.254\.100|127\.0\.0)\.[2-9]\d*:5432$/);
      const { text } = await runScript(driver, "getent hosts db.lambent.internal", { shape });
      assert.equal(text.split(/\s+/)[0], address.split(":")[0]);
    });
  });
}
