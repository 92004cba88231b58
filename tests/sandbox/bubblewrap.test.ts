import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BubblewrapDriver, findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { Run } from "../contract/sandbox-harness.ts";

const program = findBubblewrap();
const skip = (program === undefined && "no bubblewrap") || (process.getuid?.() !== 0 && "only root's bwrap runs as another user");

test("a sandbox that ends while it is being told what to do is a failed start, not our end", { skip }, async () => {
  const driver = await BubblewrapDriver.open(program!);
  const closed = mkdtempSync(join(tmpdir(), "lambent-closed-")); // mode 0700: bwrap tells its pid, then cannot mount what lies inside
  const code = join(closed, "code");
  mkdirSync(code);
  try {
    const starts = Array.from({ length: 20 }, () => Run.start(driver, "true", { launch: { code } }));
    for (const start of await Promise.allSettled(starts)) {
      assert.ok(start.status === "rejected");
      assert.equal(start.reason.code, "sandbox-not-started");
    }
  } finally {
    await driver.close();
    rmSync(closed, { recursive: true });
  }
});
