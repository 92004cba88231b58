// The simulation can fail: with a rule of the program broken it finds what must never be.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../../src/lib/sibling.ts";
import { brokenRules } from "./broken-rules.ts";

const here = join(packageRoot, "tests/sim");

describe("the simulation finds", { timeout: 600_000 }, () => {
  for (const { name, finds, on = "cluster", from = 1 } of brokenRules) {
    test(name, async () => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--import", join(here, "break-rule.ts"), join(here, "find-violation.ts"), String(from), on],
        {
          env: { ...process.env, SIM_BROKEN: name },
        },
      );
      const [rule = ""] = stdout.trim().split(":");
      assert.ok(finds.includes(rule), `expected ${finds.join(" or ")}, and found ${stdout.trim() || "nothing"}`);
    });
  }
});
