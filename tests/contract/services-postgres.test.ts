// The suites of all services once more, with their rows in PostgreSQL: each server in them gets a database.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sharePostgres } from "../../scripts/shared-postgres.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { withoutPostgres } from "./postgres-server.ts";

/** One file of each kind of state; TEST_STORE=postgres runs any other. */
const SUITES = [
  "tests/services/iam/*.test.ts",
  "tests/services/sqs/{messages,fifo,queues,dead-letters}.test.ts",
  "tests/services/sts/*.test.ts",
  "tests/services/lambda/{aliases,*-concurrency,create-function,delete-function,event-source-mappings,function-urls,layers,permissions,tags,update-function,versions}.test.ts",
  "tests/sources/poller.test.ts",
  "tests/services/logs/{events,groups,streams}.test.ts",
];

describe("services on PostgreSQL", { skip: withoutPostgres }, () => {
  let unshare: () => Promise<void>;
  before(async () => {
    unshare = process.env.TEST_POSTGRES === undefined ? await sharePostgres() : async () => {};
  });
  after(() => unshare());

  for (const suite of SUITES) {
    test(suite, async (t) => {
      const files = globSync(suite, { cwd: packageRoot });
      assert.ok(files.length > 0);
      const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
      const child = spawn(process.execPath, ["--test", "--test-reporter=spec", ...files.map((file) => join(packageRoot, file))], {
        env: { ...environment, TEST_STORE: "postgres" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.after(() => child.kill()); // SIGTERM: it ends its own children
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      const [code] = await once(child, "close");
      assert.equal(code, 0, said);
      assert.match(said, /ℹ pass [1-9]/);
    });
  }
});
