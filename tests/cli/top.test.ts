import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { PublishVersionCommand, PutProvisionedConcurrencyConfigCommand } from "@aws-sdk/client-lambda";
import { ACCOUNT, REGION, startServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { lambent } from "./lambent.ts";

async function serverAndTop(t: TestContext) {
  const server = await startServer({ args: ["--drain-seconds", "0"] });
  t.after(server.close);
  const top = (...options: string[]) => lambent(["top", "--endpoint-url", server.process.endpoint, ...options]);
  return { server, top };
}

suite("lambent top", { timeout: 300_000 }, () => {
  test("a server on which nothing runs says so", async (t) => {
    const { top } = await serverAndTop(t);
    assert.deepEqual(await top(), { exitCode: 0, out: "No function runs, and none is kept warm.\n", err: "" });
    assert.deepEqual((await top("--json")).out, "[]\n");
  });

  test("each version with environments is a line: what runs, what waits, and what was started ahead", async (t) => {
    const { server, top } = await serverAndTop(t);
    const { client } = server;
    const code = await zipOf({ "index.mjs": "export const handler = () => new Promise((resolve) => setTimeout(resolve, 2_000_000));" });
    await server.create("slow", code, { Runtime: "nodejs24.x", Timeout: 900 });
    await server.create("ahead", code, { Runtime: "nodejs24.x" });
    await client.send(new PublishVersionCommand({ FunctionName: "ahead" }));
    const ahead = { FunctionName: "ahead", Qualifier: "1", ProvisionedConcurrentExecutions: 1 };
    await client.send(new PutProvisionedConcurrencyConfigCommand(ahead));
    const running = server.call("slow").catch(() => undefined);
    const expected = [
      { account: ACCOUNT, region: REGION, name: "slow", version: "$LATEST", running: 1, idle: 0, provisioned: 0 },
      { account: ACCOUNT, region: REGION, name: "ahead", version: "1", running: 0, idle: 1, provisioned: 1 },
    ];
    let told: unknown;
    do told = JSON.parse((await top("--json")).out);
    while (JSON.stringify(told) !== JSON.stringify(expected) && !t.signal.aborted);
    assert.deepEqual(told, expected);
    const lines = (await top()).out.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split(/ +/)),
      [
        ["FUNCTION", "VERSION", "REGION", "ACCOUNT", "RUNNING", "IDLE", "PROVISIONED"],
        ["slow", "$LATEST", REGION, ACCOUNT, "1", "0", "0"],
        ["ahead", "1", REGION, ACCOUNT, "0", "1", "1"],
        ["all", "1", "1", "1"],
      ],
    );
    client.destroy();
    await running;
  });
});
