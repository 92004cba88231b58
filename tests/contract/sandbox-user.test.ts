// The same suites as an ordinary user without any rights: sandboxes must not need root. Only limits by control groups may be missing there.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { isRoot, PATIENCE } from "./sandbox-harness.ts";

const NOBODY = 65_534;

describe("sandboxes of an ordinary user", { ...PATIENCE, timeout: 290_000, skip: !isRoot || process.platform !== "linux" }, () => {
  for (const suite of ["sandbox.test.ts", "sandbox-isolation.test.ts", "sandbox-leaks.test.ts"]) {
    it(`keep what ${suite} promises`, async () => {
      await buildStem(); // that user could not write it
      const home = mkdtempSync(join(tmpdir(), "lambent-user-"));
      chownSync(home, NOBODY, NOBODY);
      const file = fileURLToPath(new URL(suite, import.meta.url));
      const options = { uid: NOBODY, gid: NOBODY, cwd: home, env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, TMPDIR: home } };
      const outcome = await promisify(execFile)(
        process.execPath,
        [
          "--test",
          "--test-timeout=240000",
          "--import",
          new URL("../../scripts/end-of-file.ts", import.meta.url).href,
          "--test-name-pattern=stem|launcher|supervisor|driver|500",
          file,
        ],
        { ...options, maxBuffer: 1 << 24 },
      ).catch((error: { stdout: string }) => error);
      rmSync(home, { recursive: true, force: true });
      assert.match(outcome.stdout, /^ℹ fail 0$/m, outcome.stdout);
      assert.match(outcome.stdout, /^ℹ pass [1-9]/m);
    });
  }
});
