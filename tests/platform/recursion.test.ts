// Functions that call themselves by AWS's own SDK, which carries the lineage on.

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { zipWithNpm } from "./real-packages.ts";
import { type RunningServer, startServer } from "./running-server.ts";

/** Calls itself and waits, at most to a depth of 20; answers how deep it came and what stopped it. */
const SELF = `
const { InvokeCommand, LambdaClient } = require("@aws-sdk/client-lambda");
const client = new LambdaClient({ maxAttempts: 1 });
exports.handler = async ({ depth = 1 }) => {
  if (depth === 20) return { depth, stopped: "itself" };
  const Payload = JSON.stringify({ depth: depth + 1 });
  try {
    const answer = await client.send(new InvokeCommand({ FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME, Payload }));
    return JSON.parse(Buffer.from(answer.Payload).toString());
  } catch (error) {
    return { depth, stopped: error.name };
  }
};
`;

suite("recursion", { timeout: 300_000 }, () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer();
    await server.create("self", await zipWithNpm({ "index.js": SELF }, ["@aws-sdk/client-lambda"]), {
      Runtime: "nodejs24.x",
      MemorySize: 256,
    });
  });
  after(() => server?.close());

  test("a function that calls itself is stopped after 16 runs", async () => {
    assert.deepEqual(await server.call("self"), { depth: 16, stopped: "RecursiveInvocationException" });
    const health = (await (await fetch(`${server.process.endpoint}/_lambent/health`)).json()) as { recursiveInvocationsDropped: number };
    assert.equal(health.recursiveInvocationsDropped, 1);
    await server.process.until(/function:self ran 16 times in one chain/);
  });
});
