// `lambent compare` and `lambent tune` on functions that really run.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { TrialAnswer } from "../../src/cli/trial-client.ts";
import { lambent } from "../cli/lambent.ts";
import { temporaryDirectory } from "../services/lambda/lambda-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

/** Works for a while, so that its share of CPU is felt. */
const BUSY = `export const handler = async ({ rounds = 1 }) => {
  let sum = 0;
  for (let left = rounds * 3e6; left > 0; left--) sum += left % 7;
  if (rounds < 0) throw new Error("too few");
  return sum;
};
`;

interface Recalled {
  readonly run: string;
  readonly tried: readonly (TrialAnswer & { readonly samples: { readonly cold: unknown[]; readonly warm: unknown[] } })[];
  readonly best: Readonly<Record<string, number>>;
  readonly enforced: object;
}

describe("trials", { timeout: 300_000 }, () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
    await server.create("busy", await zipOf({ "index.mjs": BUSY }), { Runtime: "nodejs24.x", MemorySize: 256 });
    const python = "def handler(event, context):\n    return 1\n";
    await server.create("brief", await zipOf({ "index.py": python }), { Runtime: "python3.12", MemorySize: 256 });
  });
  after(() => server?.close());

  const run = (...argv: readonly string[]) =>
    lambent([...argv, "--endpoint-url", server.process.endpoint, "--region", REGION], { environment: { AWS_ACCESS_KEY_ID: ACCOUNT } });

  test("compare runs each function cold and warm, and says what is saved", async () => {
    const told = await run("compare", "busy", "brief", "--cold", "2", "--warm", "5", "--monthly", "1000000", "--json");
    assert.equal(told.exitCode, 0, told.err);
    const { trials, breakEven } = JSON.parse(told.out) as { trials: TrialAnswer[]; breakEven: Record<string, unknown> };
    assert.deepEqual(
      trials.map(({ functionName, memoryMb, coldMs, warmMs }) => [functionName, memoryMb, coldMs?.count, warmMs.count]),
      [
        ["busy", 256, 2, 5],
        ["brief", 256, 2, 5],
      ],
    );
    assert.deepEqual([breakEven["cheapest"], breakEven["dearest"]], ["brief", "busy"]);
    const people = await run("compare", "busy", "brief", "--cold", "0", "--warm", "2");
    assert.match(people.out, /^They cost the same, as far as these|^brief saves \$[\d.]+ a month against busy/m, "two are few");
    const first = await run("tune", "busy", "--sizes", "128", "--samples", "1");
    assert.match(first.out, /^128 MB .* 1 .*cost, speed, balance$/m, "one sample has no interval");
    assert.equal(first.exitCode, 0, first.err);
  });

  test("tune finds that more memory is faster, draws it, and applies what was asked for", async (t) => {
    const chart = join(await temporaryDirectory(t), "chart.html");
    const told = await run(
      "tune",
      "busy",
      "--sizes",
      "1769,128",
      "--samples",
      "10",
      "--strategy",
      "speed",
      "--apply",
      "--chart",
      chart,
      "--json",
    );
    assert.equal(told.exitCode, 0, told.err);
    const { tried, best, enforced } = JSON.parse(told.out) as {
      tried: TrialAnswer[];
      best: Record<string, number>;
      enforced: { cpu: boolean };
    };
    assert.deepEqual(
      tried.map(({ memoryMb }) => memoryMb),
      [128, 1769],
    );
    if (enforced.cpu) assert.equal(best["speed"], 1769);
    assert.match(await readFile(chart, "utf8"), /<svg .*1769 MB<\/text>/s);
    const { MemorySize } = await server.client.send(new GetFunctionConfigurationCommand({ FunctionName: "busy" }));
    assert.equal(MemorySize, best["speed"]);
  });

  test("what was measured is there later, sample by sample, and is drawn again without running", async (t) => {
    const before = JSON.parse((await run("tune", "busy", "--last", "--json")).out) as Recalled;
    const told = JSON.parse((await run("tune", "busy", "--sizes", "512,256", "--samples", "4", "--json")).out) as Recalled;
    const last = JSON.parse((await run("tune", "busy", "--last", "--json")).out) as Recalled;
    assert.deepEqual(
      last.tried.map(({ samples: _, ...trial }) => trial),
      told.tried,
    );
    assert.deepEqual([last.run, last.best, last.enforced], [told.run, told.best, told.enforced]);
    assert.deepEqual(
      last.tried.map(({ samples }) => [samples.cold.length, samples.warm.length]),
      last.tried.map(({ warmMs }) => [1, warmMs.count]),
    );
    const file = join(await temporaryDirectory(t), "again.svg");
    const former = await run("tune", "busy", "--run", before.run, "--chart", file);
    assert.match(former.out, /^Measured at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\n/);
    assert.match(await readFile(file, "utf8"), /<svg .*1769 MB<\/text>/s);
    const { out } = await run("tune", "busy", "--history");
    assert.match(out, new RegExp(`${told.run} +256,512 .*\n.*${before.run} +128,1769 `), "the newest first");
    assert.match((await run("tune", "brief", "--last")).err, /brief has no such run/);
  });

  test("what was tried is in no bill, and its environments end", async () => {
    const told = await run("cost", "--json");
    const { groups } = JSON.parse(told.out) as { groups: { keys: { function: string } }[] };
    assert.deepEqual(
      groups.filter(({ keys }) => keys.function !== ""), // what they have printed is in the log, and the log is paid for
      [],
    );
    const health = async () => (await (await fetch(`${server.process.endpoint}/_lambent/health`)).json()) as { idle: number; busy: number };
    let now = await health();
    while (now.idle + now.busy > 0) now = await health();
  });

  test("a function that fails with the event is not priced", async () => {
    const told = await run("tune", "busy", "--sizes", "256", "--payload", '{"rounds":-1}');
    assert.equal(told.exitCode, 1);
    assert.match(told.err, /busy fails with that payload at 256 MB: .*too few/);
    assert.match((await run("tune", "nobody")).err, /Function not found/);
  });
});
