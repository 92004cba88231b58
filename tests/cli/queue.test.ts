// lambent queue against a real server.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { lambent as run } from "./lambent.ts";

let folder: string;
let server: LambentProcess;
let client: SQSClient;
const options = { timeout: 300_000 };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lambent-cli-"));
  server = await startLambent({ args: ["--sandbox", "process", "--data", join(folder, "data")] });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SQSClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
});
after(async () => {
  client?.destroy();
  const code = await server?.stop();
  await rm(folder, { recursive: true, force: true });
  assert.equal(code, 0);
});

async function queue(argv: readonly string[], input = ""): Promise<string> {
  const { exitCode, out, err } = await run(["queue", ...argv], {
    environment: { AWS_ENDPOINT_URL: server.endpoint },
    workingDirectory: folder,
    input,
  });
  assert.equal(exitCode, 0, err);
  return out;
}

async function create(QueueName: string, Attributes?: Record<string, string>): Promise<void> {
  await client.send(new CreateQueueCommand({ QueueName, Attributes }));
}

test("messages are sent, looked at, taken and deleted", options, async () => {
  await create("jobs");
  assert.match(await queue(["send", "jobs", "one"]), /^Sent [0-9a-f-]{36}\n$/);
  const lines = Array.from({ length: 12 }, (_, n) => `line ${n}`);
  assert.equal(await queue(["send", "jobs", "--lines"], `${lines.join("\n")}\n`), "Sent 12 messages\n");
  for (let look = 0; look < 2; look++) assert.equal(await queue(["peek", "jobs", "--max", "2"]), "one\nline 0\n");
  assert.match(await queue(["list"]), /jobs +standard +13 +0 +0/);
  const taken = await queue(["receive", "jobs", "--max", "20", "--delete"]);
  assert.deepEqual(taken.trimEnd().split("\n").toSorted(), ["one", ...lines].toSorted());
  assert.equal(await queue(["peek", "jobs"]), "");
  assert.match(await queue(["list"]), /jobs +standard +0 +0 +0/);
});

test("dead letters are brought back, and a queue is emptied", options, async () => {
  await create("dead");
  await create("work", {
    RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}',
    VisibilityTimeout: "0",
  });
  await queue(["send", "work", "poison"]);
  await queue(["receive", "work", "--max", "1"]);
  assert.equal(await queue(["receive", "work"]), "");
  assert.match(await queue(["list"]), /work +standard +0 +0 +0 +dead after 1/);
  assert.doesNotMatch(await queue(["list", "de"]), /work/, "those alone whose names begin so");
  assert.equal(await queue(["peek", "dead"]), "poison\n");
  assert.equal(await queue(["redrive", "dead"]), "Moved 1 messages\n");
  assert.equal(await queue(["peek", "work"]), "poison\n");
  assert.equal(await queue(["purge", "work"]), "work is empty\n");
  assert.equal(await queue(["peek", "work"]), "");
});

test("a queue that is not there is said to be so", options, async () => {
  const { exitCode, err } = await run(["queue", "peek", "none"], { environment: { AWS_ENDPOINT_URL: server.endpoint } });
  assert.equal(exitCode, 1);
  assert.match(err, /There is no queue none/);
});
