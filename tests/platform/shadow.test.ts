// Shadows of functions that really run, in two languages.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { ShadowReport, SideSummary } from "../../src/trial/shadow-report.ts";
import { lambent } from "../cli/lambent.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const NODE = `
export const handler = async ({ n = 1, fail }) => {
  if (fail) throw new RangeError("no");
  return { twice: n * 2, at: Date.now(), language: "node" };
};
`;
const PYTHON = `
import time
def handler(event, context):
    n = event.get("n", 1)
    return {"twice": n * 2 if n < 10 else n * 2 + 1, "at": time.time_ns(), "language": "python"}
`;
/** Tries to create a function, and to list them, by the endpoint in its environment. */
const WRITER = `
const call = async (method, path, body) => (await fetch(process.env.AWS_ENDPOINT_URL + path, {
  method, body, headers: { authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=0" } })).status;
export const handler = async () => {
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
  return { list: await call("GET", "/2015-03-31/functions/"), remove: await call("DELETE", "/2015-03-31/functions/nobody-" + name) };
};
`;

interface Told {
  readonly isRunning: boolean;
  readonly report: Omit<ShadowReport, "primary" | "candidate"> & { readonly primary: SideSummary; readonly candidate: SideSummary };
}

describe("shadow", { timeout: 300_000 }, () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
    await server.create("primary", await zipOf({ "index.mjs": NODE }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await server.create("candidate", await zipOf({ "index.py": PYTHON }), { Runtime: "python3.12", MemorySize: 256 });
    for (const name of ["writer", "writes-too"]) await server.create(name, await zipOf({ "index.mjs": WRITER }), { Runtime: "nodejs24.x" });
  });
  after(() => server?.close());

  const run = (...argv: readonly string[]) =>
    lambent([...argv, "--endpoint-url", server.process.endpoint, "--region", REGION], { environment: { AWS_ACCESS_KEY_ID: ACCOUNT } });

  async function told(name: string, compared: number): Promise<Told> {
    for (;;) {
      const { out, err, exitCode } = await run("shadow", name, "--json");
      assert.equal(exitCode, 0, err);
      const answer = JSON.parse(out) as Told;
      if (answer.report.compared + answer.report.failed >= compared) return answer;
      await pause(20);
    }
  }

  test("refuses to start without a guard, and without a yes to none", async () => {
    assert.match((await run("shadow", "primary", "--candidate", "candidate")).err, /--guard isolated, or --guard none --yes/);
    assert.match((await run("shadow", "primary", "--candidate", "candidate", "--guard", "none")).err, /Say yes to that/);
    assert.match((await run("shadow", "primary", "--candidate", "nobody", "--guard", "isolated")).err, /Function not found/);
    const rules = ["--candidate", "candidate", "--guard", "isolated", "--ignore", "items[x]"];
    assert.match((await run("shadow", "primary", ...rules)).err, /ignore takes paths such as requestId, .* not 'items\[x\]'/);
  });

  test("says by which name the function has one", async () => {
    assert.equal((await run("shadow", "primary:$LATEST", "--candidate", "candidate", "--guard", "isolated")).exitCode, 0);
    assert.match((await run("shadow", "primary")).err, /primary has no shadow; primary:\$LATEST has\. Start one with --candidate/);
    assert.equal((await run("shadow", "primary:$LATEST", "--stop")).exitCode, 0);
  });

  test("copies events, and tells every kind of difference with an example", async () => {
    const started = await run("shadow", "primary", "--candidate", "candidate", "--guard", "isolated", "--ignore", "at");
    assert.equal(started.exitCode, 0, started.err);
    await server.call("primary", { n: 3 });
    await server.call("primary", { n: 20 });
    await assert.rejects(server.call("primary", { fail: true }));
    const { report } = await told("primary", 3);
    assert.deepEqual([report.compared, report.equal, report.failed, report.skipped], [3, 0, 0, 0]);
    assert.deepEqual(
      report.differences.map(({ kind, path, count }) => `${kind} ${path} ${count}`),
      ["changed language 2", "changed twice 1", "status  1"],
    );
    assert.equal(report.differences[1]?.example.event, '{"n":20}');
    assert.match(report.differences[1]?.example.candidate ?? "", /"twice": ?41/);
    assert.deepEqual([report.primary.calls, report.candidate.calls], [3, 3]);
    assert.ok((report.candidate.usdPerMillion ?? 0) > 0.2);
    const people = await run("shadow", "primary");
    assert.match(people.out, /0 of 3 answers are the same/);
    assert.match(people.out, /changed language.* 2 times/);
  });

  test("the candidate is in no bill, and nothing is copied after a stop", async () => {
    assert.equal((await run("shadow", "primary", "--stop")).exitCode, 0);
    await server.call("primary");
    const { isRunning, report } = await told("primary", 3);
    assert.deepEqual([isRunning, report.compared], [false, 3]);
    const billed = async () => {
      const cost = JSON.parse((await run("cost", "--json")).out) as { groups: { keys: { function: string }; invocations: number }[] };
      return cost.groups.filter(({ keys }) => keys.function !== "").map(({ keys, invocations }) => [keys.function, invocations]);
    };
    while ((await billed())[0]?.[1] !== 4) await pause(20); // a caller is answered before its invocation is counted
    assert.deepEqual(await billed(), [["primary", 4]]);
  });

  test("one that is started again begins anew, with its new rules", async () => {
    const rules = ["--guard", "isolated", "--ignore", "at", "--ignore", "language"];
    for (const more of [[], ["--ignore", "twice"]]) {
      assert.equal((await run("shadow", "primary", "--candidate", "candidate", ...rules, ...more)).exitCode, 0);
      await server.call("primary", { n: 20 });
      const { report } = await told("primary", 1);
      assert.deepEqual([report.compared, report.equal], [1, more.length === 0 ? 0 : 1]);
    }
    await run("shadow", "primary", "--stop");
  });

  test("an isolated candidate may read from this server and not write", async () => {
    const started = await run("shadow", "writer", "--candidate", "writes-too", "--guard", "isolated");
    assert.equal(started.exitCode, 0, started.err);
    assert.deepEqual(await server.call("writer"), { list: 200, remove: 404 });
    const { report } = await told("writer", 1);
    assert.deepEqual(
      report.differences.map(({ kind, path }) => `${kind} ${path}`),
      ["changed remove"],
    );
    assert.deepEqual(JSON.parse(report.differences[0]!.example.candidate), { list: 200, remove: 403 });
  });
});
