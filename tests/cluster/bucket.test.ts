// Two real servers on one PostgreSQL with their code in a bucket: what is deployed on one runs on the other, and an outage of the bucket costs
// only what needs it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CreateFunctionCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { s3Server, variablesOf } from "../contract/blob-places.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import type { RunningServer } from "../platform/running-server.ts";
import { ROLE, startServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { s3Front } from "../store/s3-front.ts";
import { clusterOn, seenByAll } from "./running-cluster.ts";

const says = (word: string) => zipOf({ "index.mjs": `export const handler = async () => ${JSON.stringify(word)};` });
const OBJECT = /\/[0-9a-f]{64}\.[0-9a-f]+$/;
const settings = { Runtime: "nodejs24.x", MemorySize: 256 } as const;

/** One of the two takes code in, the other runs it. */
const WORKER = ["--roles", "worker"];
const FRONT = ["--roles", "front,poller,scheduler"];

async function update({ client }: RunningServer, FunctionName: string, ZipFile: Uint8Array): Promise<void> {
  await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

describe("nodes with their code in a bucket", { skip: withoutPostgres, timeout: 280_000 }, () => {
  test("code that one node takes in runs on the other, which fetches it; an outage stops what needs the bucket and nothing else", async (t) => {
    const server = await s3Server();
    const front = await s3Front(t, server.endpoint);
    const bucket = await server.createBucket();
    const blobs = `s3://${bucket}/prod?endpoint=${front.endpoint}`;
    const cluster = clusterOn(t, { url: await emptyDatabase(), blobs, environment: variablesOf(server) });
    const taker = await cluster.node(FRONT);
    const worker = await cluster.node(WORKER);
    await seenByAll([taker], 2);
    assert.ok(!`${taker.process.notes} ${worker.process.notes}`.includes(server.keys.secretAccessKey)); // it may hold a "+"

    let fetched = 0;
    front.decide(({ method, url }) => {
      if (method === "GET" && OBJECT.test(url ?? "")) fetched++;
      return false;
    });
    await taker.create("one", await says("one"), settings);
    assert.equal(await taker.call("one"), "one");
    await update(taker, "one", await says("two"));
    await Promise.all(Array.from({ length: 5 }, async () => assert.equal(await taker.call("one"), "two")));
    assert.equal(fetched, 2, "each package once, by the node that runs it");
    const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "prod/" }));
    assert.equal(Contents.filter(({ Key }) => OBJECT.test(Key ?? "")).length, 2);

    await taker.create("nosy", await zipOf({ "index.mjs": "export const handler = async () => process.env;" }), settings);
    assert.doesNotMatch(
      JSON.stringify(await taker.call("nosy")),
      new RegExp(server.keys.accessKeyId),
      "the server's keys are not the function's",
    );

    front.decide(({ method, url, socket }) => {
      const isFetch = method === "GET" && OBJECT.test(url ?? "");
      if (isFetch) socket.destroy();
      return isFetch;
    });
    await taker.create("cold", await says("cold"), settings); // the worker cannot have its code
    await front.shut();
    assert.equal(await taker.call("one"), "two", "its code is on the worker");
    const deploying = taker.client.send(
      new CreateFunctionCommand({
        FunctionName: "new",
        Role: ROLE,
        Handler: "index.handler",
        Code: { ZipFile: await says("new") },
        Runtime: "nodejs24.x",
      }),
    );
    await Promise.all([
      assert.rejects(deploying, /\(blobs-unreachable\); its log has the cause/),
      assert.rejects(taker.call("cold"), /The execution environment could not be started/),
    ]);
    const cause = /s3:\/\/lambent-test-\d+\/prod at 127\.0\.0\.1:\d+ does not answer as it should: /;
    for (const { process } of [taker, worker]) assert.match(process.said(), cause);

    front.decide(undefined);
    await front.reopen();
    assert.equal(await taker.call("cold"), "cold");
    await taker.create("new", await says("new"), settings);
    assert.equal(await taker.call("new"), "new");
  });

  test("a server whose bucket is not there does not start, and says which bucket", async () => {
    const server = await s3Server();
    const blobs = `s3://not-there?endpoint=${server.endpoint}`;
    const starting = startServer({ args: ["--blobs", blobs], environment: variablesOf(server) });
    await assert.rejects(starting, (error: Error) => {
      assert.match(error.message, /s3:\/\/not-there\/ at .* cannot be used: NoSuchBucket/);
      assert.match(error.message, /blobs-refused/);
      assert.ok(!error.message.includes(server.keys.secretAccessKey));
      return true;
    });
  });
});
