// Dead-letter queues: the way there, who may name one, and the way back by message moves.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { rejects, type SqsServer, startSqs } from "./sqs-server.ts";

const options = { timeout: 180_000 };

const redrive = (deadLetterTargetArn: string, maxReceiveCount: unknown = 1) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
});

/** "jobs" sends to "dead" what was received once. */
async function withDeadLetters(server: SqsServer, fifo = false) {
  const [suffix, attributes] = fifo ? [".fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" }] : ["", {}];
  const dead = await server.create(`dead${suffix}`, attributes);
  const jobs = await server.create(`jobs${suffix}`, { ...attributes, ...redrive(server.arn(`dead${suffix}`), "1") });
  return { dead, jobs, deadArn: server.arn(`dead${suffix}`), jobsArn: server.arn(`jobs${suffix}`) };
}

async function sendAll({ client }: SqsServer, QueueUrl: string, bodies: readonly string[], MessageGroupId?: string) {
  const Entries = bodies.map((MessageBody, n) => ({ Id: String(n), MessageBody, MessageGroupId }));
  return (await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).Successful ?? [];
}

async function take({ client }: SqsServer, QueueUrl: string, more: object = {}) {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ["All"], ...more });
  return (await client.send(command)).Messages ?? [];
}

/** Until the latest task of the queue is over. */
async function moved({ client }: SqsServer, SourceArn: string) {
  for (;;) {
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
    const task = Results?.[0];
    if (task?.Status !== "RUNNING" && task?.Status !== "CANCELLING") return task;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("what was received too often is a dead letter with its id, its source and its attributes", options, async () => {
  const server = await startSqs();
  const { dead, jobs, jobsArn } = await withDeadLetters(server);
  const [sent] = await sendAll(server, jobs, ["poison"]);
  await take(server, jobs, { VisibilityTimeout: 0 });
  assert.deepEqual(await take(server, jobs), []);
  const [letter] = await take(server, dead);
  assert.equal(letter?.Body, "poison");
  assert.equal(letter?.MessageId, sent?.MessageId);
  assert.equal(letter?.Attributes?.DeadLetterQueueSourceArn, jobsArn);
  assert.equal(letter?.Attributes?.ApproximateReceiveCount, "2", "one from either queue: nobody had the receive that found it dead");
  const sources = await server.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  assert.deepEqual(sources.queueUrls, [jobs]);
});

for (const isFifo of [false, true]) {
  test(
    `a ${isFifo ? "FIFO" : "standard"} queue's dead letters ${isFifo ? "begin" : "do not begin"} their retention anew`,
    options,
    async () => {
      const server = await startSqs();
      const { dead, jobs } = await withDeadLetters(server, isFifo);
      await sendAll(server, jobs, ["poison"], isFifo ? "g" : undefined);
      const [message] = await take(server, jobs, { VisibilityTimeout: 0 });
      const sentMs = Number(message?.Attributes?.SentTimestamp);
      while (server.queues.nowMs() <= sentMs) await new Promise(setImmediate);
      await take(server, jobs);
      const [letter] = await take(server, dead);
      assert.equal(Number(letter?.Attributes?.SentTimestamp) > sentMs, isFifo);
    },
  );
}

test("a move brings dead letters back as new messages, and says how far it is", options, async () => {
  const server = await startSqs();
  const { jobs, deadArn, jobsArn } = await withDeadLetters(server);
  const sent = await sendAll(server, jobs, ["a", "b", "c"]);
  await take(server, jobs, { VisibilityTimeout: 0 });
  await take(server, jobs);
  const { TaskHandle } = await server.client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
  assert.ok(TaskHandle);
  const task = await moved(server, deadArn);
  assert.equal(task?.Status, "COMPLETED");
  assert.equal(task?.SourceArn, deadArn);
  assert.equal(task?.TaskHandle, undefined);
  assert.equal(task?.ApproximateNumberOfMessagesMoved, 3);
  assert.equal(task?.ApproximateNumberOfMessagesToMove, 3);
  const back = await take(server, jobs);
  assert.deepEqual(back.map(({ Body }) => Body).toSorted(), ["a", "b", "c"]);
  assert.ok(
    back.every(
      ({ MessageId, Attributes }) => Attributes?.ApproximateReceiveCount === "1" && sent.every((one) => one.MessageId !== MessageId),
    ),
  );
  await rejects(
    server.client.send(new StartMessageMoveTaskCommand({ SourceArn: jobsArn })),
    "InvalidParameterValue",
    "Source queue must be configured as a Dead Letter Queue.",
  );
});

test("dead letters of a FIFO queue go and come back in order", options, async () => {
  const server = await startSqs();
  const { dead, jobs, deadArn } = await withDeadLetters(server, true);
  await sendAll(server, jobs, ["1", "2", "3"], "g");
  await take(server, jobs, { VisibilityTimeout: 0 });
  assert.deepEqual(await take(server, jobs), []);
  const letters = await take(server, dead, { VisibilityTimeout: 0 });
  assert.deepEqual(
    letters.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount]),
    [
      ["1", "2"],
      ["2", "2"],
      ["3", "2"],
    ],
  );
  await server.client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
  assert.equal((await moved(server, deadArn))?.ApproximateNumberOfMessagesMoved, 3);
  const back = await take(server, jobs);
  assert.deepEqual(
    back.map(({ Body }) => Body),
    ["1", "2", "3"],
  );
  assert.equal(back[0]?.Attributes?.MessageGroupId, "g");
});

test("a slow move can be cancelled; one at a time", options, async () => {
  const server = await startSqs();
  const { dead, deadArn } = await withDeadLetters(server);
  await server.create("other");
  const bodies = Array.from({ length: 10 }, (_, n) => String(n));
  await sendAll(server, dead, bodies);
  const start = () =>
    server.client.send(
      new StartMessageMoveTaskCommand({ SourceArn: deadArn, DestinationArn: server.arn("other"), MaxNumberOfMessagesPerSecond: 1 }),
    );
  const { TaskHandle } = await start();
  await rejects(start(), "InvalidParameterValue", /^There is already a task running/);
  await server.client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  const task = await moved(server, deadArn);
  assert.equal(task?.Status, "CANCELLED");
  assert.ok((task?.ApproximateNumberOfMessagesMoved ?? bodies.length) < bodies.length);
  await rejects(server.client.send(new CancelMessageMoveTaskCommand({ TaskHandle })), "InvalidParameterValue", /Only active tasks/);
});

test("messages that came from nowhere need a destination", options, async () => {
  const server = await startSqs();
  const { dead, deadArn } = await withDeadLetters(server);
  await sendAll(server, dead, ["a"]);
  await server.client.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
  const task = await moved(server, deadArn);
  assert.deepEqual([task?.Status, task?.FailureReason], ["FAILED", "CouldNotDetermineMessageSource"]);
  assert.deepEqual(
    (await take(server, dead)).map(({ Body }) => Body),
    ["a"],
  );
});

test("what AWS refuses of moves", options, async () => {
  const { client, arn } = await startSqs();
  const missing = (name: string) => `The resource that you specified for the ${name} parameter doesn't exist.`;
  await rejects(
    client.send(new StartMessageMoveTaskCommand({ SourceArn: arn("none") })),
    "ResourceNotFoundException",
    missing("SourceArn"),
  );
  const cancel = (handle: object | string) => {
    const TaskHandle = typeof handle === "string" ? handle : Buffer.from(JSON.stringify(handle)).toString("base64");
    return client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  };
  await rejects(cancel("nonsense"), "InvalidParameterValue", "Value for parameter TaskHandle is invalid.");
  await rejects(cancel({ taskId: "x", sourceArn: arn("none") }), "ResourceNotFoundException", missing("SourceArn"));
});

test("what AWS refuses of redrive policies", options, async () => {
  const { create, arn } = await startSqs();
  await create("dead");
  await create("dead.fifo", { FifoQueue: "true" });
  await create("closed", { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  await create("open", { RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arn("friend")] }) });
  const refused = async (attributes: Record<string, string>, reason: RegExp) =>
    rejects(create("jobs", attributes), "InvalidParameterValue", reason);
  await refused(redrive(arn("none")), /Reason: Dead letter target does not exist\.$/);
  await refused(redrive(arn("dead.fifo")), /same type/);
  await refused(redrive(arn("closed")), /does not allow/);
  await refused(redrive(arn("open")), /does not allow/);
  await refused(redrive(arn("dead"), 0), /Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive\.$/);
  await refused({ RedrivePolicy: "{}" }, /does not contain mandatory attribute: maxReceiveCount\.$/);
  await refused({ RedrivePolicy: "[" }, /not a valid JSON map/);
  await create("friend", redrive(arn("open")));
});

test("a dead-letter queue that is deleted gets nothing; the policy can be taken away", options, async () => {
  const server = await startSqs();
  const { dead, jobs } = await withDeadLetters(server);
  await server.client.send(new DeleteQueueCommand({ QueueUrl: dead }));
  await sendAll(server, jobs, ["a"]);
  for (let receive = 0; receive < 3; receive++) assert.equal((await take(server, jobs, { VisibilityTimeout: 0 })).length, 1);
  assert.notEqual(await server.attribute(jobs, "RedrivePolicy"), undefined);
  await server.client.send(new SetQueueAttributesCommand({ QueueUrl: jobs, Attributes: { RedrivePolicy: "" } }));
  assert.equal(await server.attribute(jobs, "RedrivePolicy"), undefined);
});
