// Promotions of functions that really run: to the end, back by themselves, and over a kill -9.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { GetAliasCommand, UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { lambent } from "../cli/lambent.ts";
import { temporaryDirectory } from "../services/lambda/lambda-server.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";
import { createTwoVersions } from "./two-versions.ts";

const answer = (text: string) => `export const handler = async () => { ${text} };\n`;

/** Version 1 answers 1, version 2 is the given one, and the alias live has version 1. */
const withVersions = (server: RunningServer, second: string) => createTwoVersions(server, "moves", [answer("return 1;"), second]);

async function start(t: TestContext, data?: string): Promise<RunningServer> {
  const server = await startServer(data === undefined ? {} : { data });
  t.after(server.close);
  return server;
}

function run(server: RunningServer, ...argv: readonly string[]) {
  const where = ["--endpoint-url", server.process.endpoint, "--region", REGION];
  return lambent([...argv, ...where], { environment: { AWS_ACCESS_KEY_ID: ACCOUNT } });
}

async function alias({ client }: RunningServer): Promise<readonly unknown[]> {
  const { FunctionVersion, RoutingConfig } = await client.send(new GetAliasCommand({ FunctionName: "moves", Name: "live" }));
  return [FunctionVersion, RoutingConfig?.AdditionalVersionWeights ?? {}];
}

describe("promotion", { timeout: 300_000 }, () => {
  test("moves the alias in steps, to the end", async (t) => {
    const server = await start(t);
    await withVersions(server, answer("return 2;"));
    const promote = (steps: string) => run(server, "promote", "moves", "--alias", "live", "--to", "2", "--steps", steps);
    const slow = await promote("canary:50%:1h");
    assert.equal(slow.exitCode, 0, slow.err);
    assert.deepEqual(await alias(server), ["1", { 2: 0.5 }]);
    assert.match(
      (await run(server, "promote", "moves", "--alias", "live", "--to", "2")).err,
      /has weights already: wait for its promotion/,
    );
    assert.equal((await run(server, "promote", "moves", "--alias", "live", "--cancel")).exitCode, 0);
    assert.deepEqual(await alias(server), ["1", {}]);
    const quick = await promote("canary:50%:1s");
    assert.equal(quick.exitCode, 0, quick.err);
    const states = async () => JSON.parse((await run(server, "promote", "moves", "--json")).out) as { state: string }[];
    while ((await states())[0]?.state !== "done") await pause(50);
    assert.deepEqual(await alias(server), ["2", {}]);
    assert.equal(await server.call("moves:live"), 2);
  });

  test("rolls back by itself when the new version fails", async (t) => {
    const server = await start(t);
    await withVersions(server, answer("throw new Error('worse');"));
    const waiting = run(
      server,
      "promote",
      "moves",
      "--alias",
      "live",
      "--to",
      "2",
      "--steps",
      "canary:90%:1h",
      "--min-invocations",
      "3",
      "--wait",
    );
    for (const until = Date.now() + 30_000; (await alias(server))[0] !== "1" || Date.now() < until; ) {
      await server.call("moves:live").catch(() => {});
      if ((await Promise.race([waiting, pause(20)])) !== undefined) break;
    }
    const ended = await waiting;
    assert.equal(ended.exitCode, 1, ended.err);
    assert.match(ended.out, /rolled-back: \d+\.\d % of its invocations failed, more than 5\.0 %/);
    assert.deepEqual(await alias(server), ["1", {}]);
  });

  test("is not rolled back for what the version did before, in the same minute", async (t) => {
    const server = await start(t);
    await withVersions(server, answer("throw new Error('worse');"));
    const set = (FunctionVersion: string) =>
      server.client.send(new UpdateAliasCommand({ FunctionName: "moves", Name: "live", FunctionVersion }));
    await set("2");
    for (let calls = 0; calls < 5; calls++) await server.call("moves:live").catch(() => {});
    await set("1");
    const plan = ["--steps", "canary:50%:1h", "--min-invocations", "2"];
    await run(server, "promote", "moves", "--alias", "live", "--to", "2", ...plan);
    assert.deepEqual(await alias(server), ["1", { 2: 0.5 }]);
  });

  test("is carried on after a kill -9, and can be cancelled", async (t) => {
    const data = await temporaryDirectory(t);
    const first = await start(t, data);
    await withVersions(first, answer("return 2;"));
    await run(first, "promote", "moves", "--alias", "live", "--to", "2", "--steps", "linear:50%:5s");
    first.process.kill("SIGKILL");
    await first.process.ended;
    const second = await start(t, data);
    while ((await alias(second))[0] !== "2") await pause(20);
    assert.deepEqual(await alias(second), ["2", {}]);
    const cancelled = await run(second, "promote", "moves", "--alias", "live", "--cancel");
    assert.equal(cancelled.exitCode, 0, `the last step holds for five seconds: ${cancelled.err}`);
    assert.deepEqual(await alias(second), ["1", {}]);
  });
});
