// Queues themselves: names, attributes, tags, policies, purging, deleting, and AWS's refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { rejects, startSqs } from "./sqs-server.ts";

const options = { timeout: 180_000 };

test("a new queue has AWS's defaults", options, async () => {
  const { client, create, arn } = await startSqs();
  const QueueUrl = await create("jobs");
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  const { CreatedTimestamp, LastModifiedTimestamp, ...rest } = Attributes ?? {};
  assert.match(CreatedTimestamp ?? "", /^\d{10}$/);
  assert.equal(LastModifiedTimestamp, CreatedTimestamp);
  assert.deepEqual(rest, {
    QueueArn: arn("jobs"),
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    ApproximateNumberOfMessagesDelayed: "0",
    VisibilityTimeout: "30",
    MaximumMessageSize: "1048576",
    MessageRetentionPeriod: "345600",
    DelaySeconds: "0",
    ReceiveMessageWaitTimeSeconds: "0",
    SqsManagedSseEnabled: "true",
  });
});

test("a queue is created once; only what is asked for may not differ", options, async () => {
  const { create, client } = await startSqs();
  const url = await create("jobs", { DelaySeconds: "5" });
  assert.equal(await create("jobs"), url);
  assert.equal(await create("jobs", { DelaySeconds: "5", VisibilityTimeout: "30" }), url);
  await rejects(
    create("jobs", { DelaySeconds: "6" }),
    "QueueAlreadyExists",
    "A queue already exists with the same name and a different value for attribute DelaySeconds",
  );
  const allow = await create("allowing", { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  assert.equal(await create("allowing", { RedriveAllowPolicy: '{ "redrivePermission": "denyAll" }' }), allow);
  await rejects(create("allowing", { RedriveAllowPolicy: '{"redrivePermission":"allowAll"}' }), "QueueAlreadyExists");
  await client.send(new DeleteQueueCommand({ QueueUrl: url }));
  await rejects(create("jobs"), "AWS.SimpleQueueService.QueueDeletedRecently", /^You must wait 60 seconds/);
});

test("names and attributes that AWS refuses", options, async () => {
  const { create, client } = await startSqs();
  const unknown = (name: string) => [`InvalidAttributeName`, `Unknown Attribute ${name}.`] as const;
  await rejects(
    create("a b"),
    "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  );
  await rejects(create("x".repeat(81)), "InvalidParameterValue");
  await rejects(create("a.fifo"), "InvalidParameterValue");
  await rejects(create("a", { FifoQueue: "true" }), "InvalidParameterValue", /must end with \.fifo suffix/);
  await rejects(create("a", { FifoQueue: "false" }), ...unknown("FifoQueue"));
  await rejects(create("a", { ContentBasedDeduplication: "true" }), ...unknown("ContentBasedDeduplication"));
  await rejects(create("a", { Nonsense: "true" }), ...unknown("Nonsense"));
  await rejects(create("a", { constructor: "true" }), ...unknown("constructor"));
  await rejects(
    create("a", { DeduplicationScope: "queue" }),
    "InvalidAttributeName",
    "You can specify the DeduplicationScope only when FifoQueue is set to true.",
  );
  await rejects(create("a", { VisibilityTimeout: "43201" }), "InvalidAttributeValue");
  await rejects(create("a", { MaximumMessageSize: "1023" }), "InvalidAttributeValue");
  await rejects(create("a", { KmsMasterKeyId: "alias/aws/sqs" }), "NotImplementedException", /KmsMasterKeyId/);
  await rejects(
    create("a.fifo", { FifoQueue: "true", FifoThroughputLimit: "perMessageGroupId" }),
    "InvalidAttributeValue",
    /allowed only when the value for DeduplicationScope is messageGroup/,
  );
  const QueueUrl = await create("fine");
  await rejects(client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Nonsense" as "All"] })), ...unknown("Nonsense"));
  const set = (Attributes: Record<string, string>) => client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  await rejects(set({ FifoQueue: "true" }), ...unknown("FifoQueue"));
});

test("attributes are set one by one, and an empty policy is none", options, async () => {
  const { create, client, attribute } = await startSqs();
  const QueueUrl = await create("jobs", { DelaySeconds: "5" });
  const set = (Attributes: Record<string, string>) => client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  const Policy = '{"Version":"2012-10-17","Statement":[]}';
  await set({ VisibilityTimeout: "7", Policy });
  assert.equal(await attribute(QueueUrl, "VisibilityTimeout"), "7");
  assert.equal(await attribute(QueueUrl, "DelaySeconds"), "5");
  assert.equal(await attribute(QueueUrl, "Policy"), Policy);
  await set({ Policy: "" });
  assert.equal(await attribute(QueueUrl, "Policy"), undefined);
});

test("a queue that is not there, and URLs of other forms", options, async () => {
  const { account, create, client, url, clientOf } = await startSqs();
  const missing = ["AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."] as const;
  const receive = (QueueUrl: string, by = client) => by.send(new ReceiveMessageCommand({ QueueUrl }));
  await rejects(client.send(new GetQueueUrlCommand({ QueueName: "none" })), ...missing);
  await rejects(receive(`${url}/${account}/none`), ...missing);
  await rejects(client.send(new DeleteQueueCommand({ QueueUrl: `${url}/${account}/none` })), ...missing);
  await create("jobs");
  for (const host of ["sqs.us-east-1.amazonaws.com", "us-east-1.queue.amazonaws.com", "queue.amazonaws.com", "other:99"]) {
    assert.equal((await receive(`https://${host}/${account}/jobs`)).$metadata.httpStatusCode, 200, host);
  }
  for (const host of ["sqs.eu-west-1.amazonaws.com", "sqs-fips.eu-west-1.amazonaws.com", "vpce-0a.sqs.eu-west-1.vpce.amazonaws.com"])
    await rejects(receive(`https://${host}/${account}/jobs`), ...missing);
  await rejects(receive("jobs"), "InvalidAddress", "The address jobs is not valid for this endpoint.");
  const { QueueUrl } = await clientOf("222222222222").send(new GetQueueUrlCommand({ QueueName: "jobs", QueueOwnerAWSAccountId: account }));
  assert.equal(QueueUrl, `${url}/${account}/jobs`);
});

test("queues are listed by prefix and in pages", options, async () => {
  const { create, client, clientOf } = await startSqs();
  assert.equal((await client.send(new ListQueuesCommand({}))).QueueUrls, undefined);
  const urls = await Promise.all(["a-1", "a-2", "a_3", "b"].map((name) => create(name)));
  assert.deepEqual((await client.send(new ListQueuesCommand({}))).QueueUrls, urls);
  const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: "a", MaxResults: 2 }));
  assert.deepEqual(first.QueueUrls, urls.slice(0, 2));
  const second = await client.send(new ListQueuesCommand({ QueueNamePrefix: "a", MaxResults: 2, NextToken: first.NextToken }));
  assert.deepEqual([second.QueueUrls, second.NextToken], [urls.slice(2, 3), undefined]);
  await rejects(client.send(new ListQueuesCommand({ MaxResults: 1_001 })), "InvalidParameterValue");
  await rejects(client.send(new ListQueuesCommand({ MaxResults: 1, NextToken: "?" })), "InvalidParameterValue");
  assert.equal((await clientOf("222222222222").send(new ListQueuesCommand({}))).QueueUrls, undefined);
});

test("tags come and go", options, async () => {
  const { client } = await startSqs();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "jobs", tags: { a: "1" } }));
  const tags = async () => (await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
  await client.send(new TagQueueCommand({ QueueUrl, Tags: { b: "2", a: "3" } }));
  assert.deepEqual(await tags(), { a: "3", b: "2" });
  await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a", "none"] }));
  assert.deepEqual(await tags(), { b: "2" });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, ""]));
  await rejects(client.send(new TagQueueCommand({ QueueUrl, Tags: many })), "InvalidParameterValue", /Too many tags/);
  await rejects(
    client.send(new TagQueueCommand({ QueueUrl, Tags: {} })),
    "MissingParameter",
    "The request must contain the parameter Tags.",
  );
  await rejects(
    client.send(new UntagQueueCommand({ QueueUrl, TagKeys: [] })),
    "InvalidParameterValue",
    /^Tag keys must be between 1 and 128/,
  );
});

test("permissions are statements of the policy", options, async () => {
  const { client, create, attribute, arn } = await startSqs();
  const QueueUrl = await create("jobs");
  const add = (Label: string, Actions = ["SendMessage"]) =>
    client.send(new AddPermissionCommand({ QueueUrl, Label, AWSAccountIds: ["111111111111"], Actions }));
  const remove = (Label: string) => client.send(new RemovePermissionCommand({ QueueUrl, Label }));
  await add("one");
  await rejects(add("one"), "InvalidParameterValue", "Value one for parameter Label is invalid. Reason: Already exists.");
  await rejects(remove("two"), "InvalidParameterValue", "Value two for parameter Label is invalid. Reason: can't find label.");
  const action = "for parameter ActionName is invalid. Reason:";
  await rejects(
    add("two", ["DeleteQueue"]),
    "InvalidParameterValue",
    `Value SQS:DeleteQueue ${action} Only the queue owner is allowed to invoke this action.`,
  );
  await rejects(
    add("two", ["Drop"]),
    "InvalidParameterValue",
    `Value SQS:Drop ${action} Please refer to the appropriate WSDL for a list of valid actions.`,
  );
  assert.deepEqual(JSON.parse((await attribute(QueueUrl, "Policy")) ?? ""), {
    Version: "2008-10-17",
    Id: `${arn("jobs")}/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: "one",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: "SQS:SendMessage",
        Resource: arn("jobs"),
      },
    ],
  });
  await remove("one");
  assert.equal(await attribute(QueueUrl, "Policy"), undefined);
});

test("a purge takes all, also what is in flight, and once a minute", options, async () => {
  const { client, create, attribute } = await startSqs();
  const QueueUrl = await create("jobs");
  for (const MessageBody of ["a", "b"]) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await client.send(new ReceiveMessageCommand({ QueueUrl }));
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessages"), "0");
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessagesNotVisible"), "0");
  await rejects(
    client.send(new PurgeQueueCommand({ QueueUrl })),
    "AWS.SimpleQueueService.PurgeQueueInProgress",
    "Only one PurgeQueue operation on jobs is allowed every 60 seconds.",
  );
});

test("who waits for messages of a queue that is deleted is told", options, async () => {
  const { account, client, create, queues } = await startSqs();
  const QueueUrl = await create("jobs");
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const told = rejects(waiting, "AWS.SimpleQueueService.NonExistentQueue");
  const queue = await queues.find({ account, region: "us-east-1", name: "jobs" });
  assert.ok(queue);
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  await told;
});
