// Several real servers on one database: what one of them knows the others know, and work runs where there is room for it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { lambent } from "../cli/lambent.ts";
import { withoutPostgres } from "../contract/postgres-server.ts";
import type { RunningServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { nodesOf, seenByAll, startCluster, until } from "./running-cluster.ts";

/** Tells when it ran and in which environment, for as long as it is told to. */
const WORK = `import { randomUUID } from "node:crypto";
const environment = randomUUID();
const now = () => performance.timeOrigin + performance.now();
export const handler = async ({ ms = 0 }) => {
  const from = now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { environment, from, to: now() };
};`;

interface Worked {
  readonly environment: string;
  readonly from: number;
  readonly to: number;
}

const code = (text: string) => zipOf({ "index.mjs": text });
const says = (word: string) => code(`export const handler = async () => ${JSON.stringify(word)};`);

async function create(server: RunningServer, name: string, zip: Uint8Array): Promise<void> {
  await server.create(name, zip, { Runtime: "nodejs24.x", MemorySize: 256 });
}

/** What came, and with which error it ended. */
async function streamed({ client }: RunningServer, FunctionName: string, event: object) {
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event) }));
  let bytes = 0;
  let error: string | undefined;
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream!) {
    bytes += PayloadChunk?.Payload?.length ?? 0;
    error ??= InvokeComplete?.ErrorCode;
  }
  return { bytes, error };
}

/** The most that ran at one moment. */
function mostAtOnce(runs: readonly Worked[]): number {
  const moments = runs.flatMap(({ from, to }) => [
    [from, 1],
    [to, -1],
  ]) as [number, number][];
  let [running, most] = [0, 0];
  for (const [, step] of moments.toSorted(([a, x], [b, y]) => a - b || x - y)) {
    running += step;
    most = Math.max(most, running);
  }
  return most;
}

describe("several nodes", { skip: withoutPostgres, timeout: 280_000 }, () => {
  const cleanUp: (() => Promise<void>)[] = [];
  let nodes: readonly RunningServer[];
  let one: RunningServer;
  let two: RunningServer;
  let three: RunningServer;

  before(async () => {
    const cluster = await startCluster({ after: (step) => void cleanUp.push(step) });
    nodes = [await cluster.node()]; // it makes the tables
    nodes = [...nodes, ...(await Promise.all([cluster.node(), cluster.node()]))];
    [one, two, three] = nodes as readonly [RunningServer, RunningServer, RunningServer];
    await seenByAll(nodes, 3);
  });
  after(() => Promise.all(cleanUp.map((step) => step())));

  test("what is created, updated or deleted on one node is so on every other when it is answered", async () => {
    await create(one, "words", await says("first"));
    assert.deepEqual(await Promise.all([two, three].map((node) => node.call("words"))), ["first", "first"]);
    for (const [n, word] of ["second", "third", "fourth"].entries()) {
      const by = [one, two, three][n]!;
      await by.client.send(new UpdateFunctionCodeCommand({ FunctionName: "words", ZipFile: await says(word) }));
      assert.deepEqual(await Promise.all([one, two, three].map((node) => node.call("words"))), [word, word, word]);
    }
    await two.client.send(new DeleteFunctionCommand({ FunctionName: "words" }));
    for (const node of [one, three]) {
      await assert.rejects(node.client.send(new GetFunctionConfigurationCommand({ FunctionName: "words" })), {
        name: "ResourceNotFoundException",
      });
    }
  });

  test("a function URL and who may use it are known on every node when they are answered", async () => {
    await create(one, "page", await says("hello"));
    const { FunctionUrl } = await one.client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "page", AuthType: "NONE" }));
    const onTwo = () => fetch(FunctionUrl!.replace(new URL(FunctionUrl!).origin, two.process.endpoint));
    const allow = async (StatementId: string, more: object) =>
      one.client.send(
        new AddPermissionCommand({ FunctionName: "page", StatementId, Principal: "*", ...more } as AddPermissionCommandInput),
      );
    assert.equal((await onTwo()).status, 403);
    const allowUrl = () => allow("url", { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" });
    await allowUrl();
    await allow("function", { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true });
    assert.equal(await (await onTwo()).text(), "hello");
    await one.client.send(new RemovePermissionCommand({ FunctionName: "page", StatementId: "url" }));
    assert.equal((await onTwo()).status, 403);
    await allowUrl();
    assert.equal((await onTwo()).status, 200);
    await one.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "page" }));
    assert.equal((await onTwo()).status, 403);
  });

  test("an idle environment on another node is used before a new one is started", async () => {
    await create(one, "warm", await code(WORK));
    const first = (await one.call("warm")) as Worked;
    const nodeOne = async (seenBy: RunningServer) => (await nodesOf(seenBy)).find(({ endpoint }) => endpoint === one.process.endpoint)!;
    for (let calls = 0; calls < 3; calls++) {
      await until(async () => {
        const [own, heard] = [await nodeOne(one), await nodeOne(two)]; // until two has heard of it, it starts one of its own
        return own.running === 0 && own.idle > 0 && heard.idle === own.idle;
      });
      assert.equal(((await two.call("warm")) as Worked).environment, first.environment);
    }
  });

  test("sixty callers on three nodes never run more of a function than it has reserved", async (t) => {
    await create(nodes[0]!, "five", await code(WORK));
    await nodes[1]!.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "five", ReservedConcurrentExecutions: 5 }));
    const runs: Worked[] = [];
    let throttled = 0;
    const caller = async (node: RunningServer) => {
      while (runs.length < 100) {
        const run = await node.call("five", { ms: 30 }).catch((error: { name: string }) => {
          assert.equal(error.name, "TooManyRequestsException");
          throttled++;
        });
        if (run !== undefined) runs.push(run as Worked);
      }
    };
    await Promise.all(Array.from({ length: 60 }, (_, n) => caller(nodes[n % 3]!)));
    assert.ok(throttled > 0);
    assert.equal(mostAtOnce(runs), 5);
    t.diagnostic(`${runs.length} ran, ${throttled} were throttled`);
  });

  test("a limit too large for one home is shared by the nodes and holds over all of them", async () => {
    await create(nodes[0]!, "many", await code(WORK));
    await nodes[0]!.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "many", ReservedConcurrentExecutions: 15 }));
    const runs: Worked[] = [];
    const caller = async (node: RunningServer) => {
      while (runs.length < 200 || mostAtOnce(runs) <= 6) {
        const run = await node.call("many", { ms: 60 }).catch(() => undefined);
        if (run !== undefined) runs.push(run as Worked);
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, n) => caller(nodes[n % 3]!)));
    const most = mostAtOnce(runs);
    assert.ok(most <= 15, `${most} ran at once`);
  });

  test("provisioned environments are shared out over the nodes, and ready when all of them are", async () => {
    const source = `export const handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
    };`;
    await create(nodes[0]!, "ahead", await code(source));
    await nodes[0]!.client.send(new PublishVersionCommand({ FunctionName: "ahead" }));
    const what = { FunctionName: "ahead", Qualifier: "1" };
    await nodes[1]!.client.send(new PutProvisionedConcurrencyConfigCommand({ ...what, ProvisionedConcurrentExecutions: 3 }));
    for (const { client } of nodes) {
      await until(async () => (await client.send(new GetProvisionedConcurrencyConfigCommand(what))).Status === "READY");
      const config = await client.send(new GetProvisionedConcurrencyConfigCommand(what));
      assert.equal(config.AllocatedProvisionedConcurrentExecutions, 3);
    }
    const kinds = await Promise.all(nodes.map((node) => node.call("ahead:1")));
    assert.deepEqual(kinds, ["provisioned-concurrency", "provisioned-concurrency", "provisioned-concurrency"]);
  });

  test("a node with other words for the secret, or other blobs, is refused at its start", async (t) => {
    const cluster = await startCluster(t);
    await cluster.node(["--cluster-secret", "the-words-of-this-cluster"]);
    const start = (blobs: string, secret: string) =>
      lambent(["start", "--memory", "--port", "0", "--store", cluster.url, "--blobs", blobs, "--cluster-secret", secret]);
    const stranger = await start(cluster.blobs, "the-words-of-another-one");
    assert.notEqual(stranger.exitCode, 0);
    assert.match(stranger.err, /cluster-secret-wrong|have another secret/);
    const elsewhere = await start(`${cluster.blobs}/empty`, "the-words-of-this-cluster");
    assert.notEqual(elsewhere.exitCode, 0);
    assert.match(elsewhere.err, /does not hold the code and objects of this database/);
  });
});

describe("a node that runs nothing, and one that does nothing else", { skip: withoutPostgres, timeout: 240_000 }, () => {
  const cleanUp: (() => Promise<void>)[] = [];
  let front: RunningServer;

  before(async () => {
    const cluster = await startCluster({ after: (step) => void cleanUp.push(step) });
    front = await cluster.node(["--roles", "front", "--stream-bandwidth", "0"]);
    await cluster.node(["--roles", "worker"]);
    await seenByAll([front], 2);
  });
  after(() => Promise.all(cleanUp.map((step) => step())));

  test("bodies of 6 MB go to another node and back", async () => {
    await create(front, "echo", await code("export const handler = async (event) => event;"));
    const event = { text: "x".repeat(5_900_000) };
    assert.deepEqual(await front.call("echo", event), event);
    const failing = await code("export const handler = async () => { throw new TypeError('as it should') };");
    await create(front, "fails", failing);
    const answer = await front.client.send(new InvokeCommand({ FunctionName: "fails", LogType: "Tail" }));
    assert.equal(answer.FunctionError, "Unhandled");
    assert.match(Buffer.from(answer.LogResult!, "base64").toString(), /as it should/);
  });

  test("an answer streams from the node that runs the function, and one that fails midway says so", async () => {
    const source = `exports.handler = awslambda.streamifyResponse(async ({ pieces, fail }, stream) => {
      for (let n = 0; n < pieces; n++) {
        if (!stream.write(Buffer.alloc(100_000, 97))) await new Promise((resolve) => stream.once("drain", resolve));
      }
      if (fail) throw new RangeError("midway");
      stream.end();
    });
    exports.whole = async () => "whole";`;
    const zip = await zipOf({ "index.js": source });
    await front.create("pieces", zip, { Runtime: "nodejs24.x", MemorySize: 256 });
    await front.create("whole", zip, { Runtime: "nodejs24.x", MemorySize: 256, Handler: "index.whole" });
    assert.deepEqual(await streamed(front, "pieces", { pieces: 100 }), { bytes: 10_000_000, error: undefined });
    assert.deepEqual(await streamed(front, "whole", {}), { bytes: '"whole"'.length, error: undefined });
    const failed = await streamed(front, "pieces", { pieces: 1, fail: true });
    assert.equal(failed.error, "Unhandled");
  });

  test("nodes and top tell who there is", async () => {
    const endpoint = ["--endpoint-url", front.process.endpoint];
    const listed = await lambent(["nodes", ...endpoint]);
    assert.match(listed.out, /\bup +front +127\.0\.0\.1:\d+ +http:\/\/127\.0\.0\.1:\d+/);
    assert.match(listed.out, /\bup +worker +127\.0\.0\.1:\d+ /);
    assert.match((await lambent(["top", "--cluster", ...endpoint])).out, /NODE +STATE +RUNNING +IDLE +ROOM\n(.+\n){2}all/);
  });
});
