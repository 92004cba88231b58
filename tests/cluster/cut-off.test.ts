// A node that was out of the cluster without knowing it: what it is asked the moment it goes on it does not answer by what it knew before.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { withoutPostgres } from "../contract/postgres-server.ts";
import { ACCOUNT, REGION, type RunningServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { seenByAll, startCluster } from "./running-cluster.ts";

const statusOf = (error: unknown) => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;

/** Sent while the node sleeps, so that they wait for it when it wakes. The value, or the status that SDKs send again. */
function asked<T>(call: Promise<T>): Promise<T | number> {
  return call.catch(statusOf);
}

async function create(server: RunningServer, name: string): Promise<void> {
  await server.create(name, await zipOf({ "index.mjs": "export const handler = async () => 1;" }), { Runtime: "nodejs24.x" });
}

describe("a node that has slept longer than it may be a member", { skip: withoutPostgres, timeout: 240_000 }, () => {
  test("answers nothing by what it knew before", async (t) => {
    const cluster = await startCluster(t);
    const [one, stuck] = [await cluster.node(), await cluster.node()];
    await seenByAll([one, stuck], 2);
    await create(one, "changed");
    await create(one, "gone");
    const { FunctionUrl } = await one.client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "gone", AuthType: "NONE" }));
    const atUrl = () => fetch(FunctionUrl!.replace(new URL(FunctionUrl!).origin, stuck.process.endpoint)).then(({ status }) => status);
    assert.equal(await atUrl(), 403); // it has been looked up there: nobody may call it yet
    const sqs = new SQSClient({
      endpoint: stuck.process.endpoint,
      region: REGION,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" },
      maxAttempts: 1,
    });
    t.after(() => sqs.destroy());
    const described = () => stuck.client.send(new GetFunctionConfigurationCommand({ FunctionName: "changed" }));
    await described(); // a connection is open

    stuck.process.kill("SIGSTOP");
    t.after(() => stuck.process.kill("SIGCONT"));
    await one.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "changed", Description: "new" }));
    await one.client.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
    await create(one, "made");
    const description = asked(described().then(({ Description }) => Description));
    const deleted = asked(stuck.client.send(new GetFunctionConfigurationCommand({ FunctionName: "gone" })).then(() => "found"));
    const made = asked(stuck.call("made"));
    const url = atUrl();
    const queues = asked(sqs.send(new ListQueuesCommand({})).then(() => "listed"));
    stuck.process.kill("SIGCONT");
    assert.ok(["new", 500].includes((await description) ?? "none"), `${await description}`);
    assert.ok([404, 500].includes(Number(await deleted)), `${await deleted}`);
    assert.ok([1, 500].includes((await made) as number), `${await made}`);
    assert.ok([403, 500].includes(await url), `${await url}`);
    assert.ok(["listed", 503].includes(await queues), `${await queues}`);
  });
});
