import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BubblewrapDriver, findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { isRoot, plainShape, Run, runScript } from "../contract/sandbox-harness.ts";

const program = findBubblewrap();
const skip = program === undefined && "no bubblewrap";

test("a sandbox that ends while it is being told what to do is a failed start, not our end", { skip }, async () => {
  const driver = await BubblewrapDriver.open(program!);
  // bwrap tells its pid, and only then finds that it has no place for this
  const shape = { ...plainShape, mounts: [{ from: "/usr", to: "/usr/no/such/place" }] };
  try {
    const starts = Array.from({ length: 20 }, () => Run.start(driver, "true", { shape }));
    for (const start of await Promise.allSettled(starts)) {
      assert.ok(start.status === "rejected");
      assert.equal(start.reason.code, "sandbox-not-started");
    }
  } finally {
    await driver.close();
  }
});

test("what root alone may enter is shown to a function, and what root alone may read stays closed", { skip: skip || !isRoot }, async () => {
  const driver = await BubblewrapDriver.open(program!);
  const closed = mkdtempSync(join(tmpdir(), "lambent-closed-")); // mode 0700, as data directories are
  const code = join(closed, "code");
  mkdirSync(code);
  writeFileSync(join(code, "open"), "code\n");
  writeFileSync(join(code, "secret"), "secret\n", { mode: 0o600 });
  const script =
    "cat /var/task/open /var/task/secret; echo x > /var/task/open; for f in /proc/sys/vm/* /proc/sys/fs/* /proc/sysrq-trigger; do [ -w $f ] && echo $f; done; ls /tmp; id -u";
  try {
    const { text } = await runScript(driver, script, { launch: { code } });
    assert.match(text, /^code\ncat: \/var\/task\/secret: Permission denied\n.*open: Read-only file system\n993\n$/);
  } finally {
    await driver.close();
    rmSync(closed, { recursive: true });
  }
});
