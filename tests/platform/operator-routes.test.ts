// Routes that tell of every account, or run functions: on a server that verifies signatures they are for its operator alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lambent } from "../cli/lambent.ts";
import { temporaryDirectory } from "../services/lambda/lambda-server.ts";
import { startServer } from "./running-server.ts";

test("costs, trials, shadows and promotions are refused without the token of the data directory", { timeout: 300_000 }, async (t) => {
  const data = await temporaryDirectory(t);
  const server = await startServer({ auth: "enforce", data });
  t.after(server.close);
  const asked = [
    ["GET", "cost?from=0&to=1"],
    ["GET", "running"],
    ["POST", "trial"],
    ["GET", "shadow"],
    ["POST", "shadow"],
    ["DELETE", "shadow?name=f"],
    ["GET", "promotion"],
    ["POST", "promotion"],
    ["DELETE", "promotion?name=f&alias=a"],
  ] as const;
  for (const [method, path] of asked) {
    for (const authorization of ["", "Bearer 00"]) {
      const body = method === "POST" ? { body: "{}" } : {};
      const { status } = await fetch(`${server.process.endpoint}/_lambent/${path}`, { method, headers: { authorization }, ...body });
      assert.equal(status, 403, `${method} ${path}`);
    }
  }
  const told = await lambent(["cost", "--data", data, "--endpoint-url", server.process.endpoint]);
  assert.deepEqual([told.exitCode, told.err], [0, "Nothing has run in that time.\n"]);
});
