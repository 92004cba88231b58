import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { startLambent } from "../../../scripts/lambent-process.ts";
import { newFunction, REGION, temporaryDirectory } from "./lambda-server.ts";
import { script, zipOf } from "./zip-of.ts";

const ROUNDS = 3;

/** What the server has acknowledged, and must therefore still know. */
interface Acknowledged {
  readonly functions: Map<string, string>; // name → CodeSha256 of the last acknowledged code
  readonly versions: Set<string>; // "name:number"
}

test("a server that is killed at any moment still has every function, version and zip that it acknowledged", async (t) => {
  const place = ["--data", await temporaryDirectory(t), "--sandbox", "process"];
  const acknowledged: Acknowledged = { functions: new Map(), versions: new Set() };
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startLambent({ args: place });
    t.after(() => server.kill("SIGKILL"));
    const client = clientOf(server.endpoint);
    await check(client, acknowledged);
    const target = acknowledged.versions.size + 15 + 7 * round;
    const acknowledge = (version: string) => {
      acknowledged.versions.add(version);
      if (acknowledged.versions.size === target) server.kill("SIGKILL");
    };
    const workers = [0, 1, 2, 3].map((worker) =>
      workUntilKilled(client, `r${round}w${worker}`, { functions: acknowledged.functions, acknowledge }),
    );
    await Promise.all([...workers, server.ended]);
    client.destroy();
  }
  const server = await startLambent({ args: place });
  t.after(() => server.kill("SIGKILL"));
  const client = clientOf(server.endpoint);
  await check(client, acknowledged);
  client.destroy();
  assert.equal(await server.stop(), 0);
});

function clientOf(endpoint: string): LambdaClient {
  const credentials = { accessKeyId: "123456789012", secretAccessKey: "any" };
  return new LambdaClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}

/** Creates functions, gives them new code and publishes it, until the connection is gone. */
async function workUntilKilled(
  client: LambdaClient,
  prefix: string,
  to: Pick<Acknowledged, "functions"> & { acknowledge(version: string): void },
) {
  try {
    for (let number = 0; ; number++) {
      const name = `${prefix}n${number}`;
      await client.send(new CreateFunctionCommand({ ...(await newFunction(name)), Publish: true }));
      to.acknowledge(`${name}:1`);
      const ZipFile = await zipOf({ bootstrap: script(`#!/bin/sh\n# ${name}\n`) });
      const updated = await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
      to.functions.set(name, updated.CodeSha256!);
      await client.send(new PublishVersionCommand({ FunctionName: name }));
      to.acknowledge(`${name}:2`);
    }
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    assert.equal(status, undefined, `only the connection may fail: ${String(error)}`);
  }
}

async function check(client: LambdaClient, { functions, versions }: Acknowledged): Promise<void> {
  for (const [FunctionName, sha256] of functions) {
    const { Configuration, Code } = await client.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(Configuration?.State, "Active");
    assert.equal(Configuration?.LastUpdateStatus, "Successful");
    assert.equal(Configuration?.CodeSha256, sha256);
    const zip = await (await fetch(Code!.Location!)).arrayBuffer();
    assert.equal(Buffer.from(await crypto.subtle.digest("SHA-256", zip)).toString("base64"), sha256);
  }
  for (const FunctionName of versions) {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(Configuration?.State, "Active");
  }
}
