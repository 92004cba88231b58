// Queues that start real Rust functions in a real server.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import {
  CreateAliasCommand,
  DeleteEventSourceMappingCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { pythonEnv } from "../../scripts/python-env.ts";
import { ACCOUNT, REGION } from "../platform/running-server.ts";
import { arnOf, openSink, startMappingServer } from "./mapping-server.ts";

const MESSAGES = 400;

suite("a mapping of a queue", { timeout: 300_000 }, () => {
  test("a message starts the function with AWS's event, and is gone afterwards", async (t) => {
    const server = await startMappingServer(t);
    await server.worker("fn");
    const url = await server.queue("q", { VisibilityTimeout: "60" });
    await server.map("fn", "q");
    const MessageAttributes = {
      Author: { DataType: "String", StringValue: "J" },
      Bytes: { DataType: "Binary", BinaryValue: Buffer.from([1, 2]) },
    };
    const sent = await server.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "hello", MessageAttributes }));
    await server.sink.until((bodies) => bodies.includes("hello"));
    const [told] = server.sink.told;
    const { receiptHandle, attributes, ...record } = (told?.event.Records[0] ?? {}) as Record<string, unknown>;
    // As aws_lambda_events has read it: what an attribute does not have is null there.
    const lists = { stringListValues: [], binaryListValues: [] };
    assert.deepEqual(record, {
      messageId: sent.MessageId,
      body: "hello",
      md5OfBody: sent.MD5OfMessageBody,
      md5OfMessageAttributes: sent.MD5OfMessageAttributes,
      messageAttributes: {
        Author: { stringValue: "J", binaryValue: null, dataType: "String", ...lists },
        Bytes: { stringValue: null, binaryValue: "AQI=", dataType: "Binary", ...lists },
      },
      eventSource: "aws:sqs",
      eventSourceARN: arnOf("q"),
      awsRegion: REGION,
    });
    assert.match(String(receiptHandle), /^AQEB/);
    assert.deepEqual(Object.keys(attributes as object).toSorted(), [
      "ApproximateFirstReceiveTimestamp",
      "ApproximateReceiveCount",
      "SenderId",
      "SentTimestamp",
    ]);
    await server.empty(url);
  });

  test("of a batch only the messages that the function reports come again, and end in the dead-letter queue", async (t) => {
    const server = await startMappingServer(t);
    await server.worker("fn", 3);
    const dead = await server.queue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: "2" });
    const url = await server.queue("q", { VisibilityTimeout: "3", RedrivePolicy });
    await server.client.send(new InvokeCommand({ FunctionName: "fn", Payload: '{"Records":[]}' })); // its start takes nothing of the three seconds
    await server.map("fn", "q", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await server.send(url, ['{"n":1}', '{"item":true}', '{"n":2}']);
    const { Messages = [] } = await server.sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 20 }));
    assert.deepEqual(
      Messages.map(({ Body }) => Body),
      ['{"item":true}'],
    );
    const bodies = server.sink.told.flatMap(({ event }) => event.Records.map(({ body }) => body));
    assert.deepEqual(bodies.toSorted(), ['{"item":true}', '{"item":true}', '{"n":1}', '{"n":2}']);
  });

  test("a slow one does not delay another; one that is disabled or deleted takes nothing; an alias leads where it points", async (t) => {
    const server = await startMappingServer(t);
    for (const name of ["slow", "fast"]) await server.worker(name);
    const slowUrl = await server.queue("slow-queue");
    const url = await server.queue("q");
    await server.client.send(new PublishVersionCommand({ FunctionName: "fast" }));
    await server.client.send(new CreateAliasCommand({ FunctionName: "fast", Name: "live", FunctionVersion: "1" }));
    await server.map("slow", "slow-queue", { BatchSize: 1 });
    const { UUID } = await server.map("fast:live", "q");
    await server.send(
      slowUrl,
      Array.from({ length: 20 }, () => '{"ms":10000}'),
    );
    await server.sink.until((bodies) => bodies.filter((body) => body === '{"ms":10000}').length >= 5);
    await server.send(url, ["quick"]);
    await server.sink.until((bodies) => bodies.includes("quick"));
    const told = server.sink.told.find(({ event }) => event.Records[0]?.body === "quick");
    assert.match(told?.arn ?? "", /:function:fast:live$/);

    await server.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await server.send(url, ["while disabled"]);
    const { Messages = [] } = await server.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1, VisibilityTimeout: 0 }));
    assert.equal(Messages[0]?.Body, "while disabled");
    await server.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fast", Description: "2" }));
    await server.client.send(new PublishVersionCommand({ FunctionName: "fast" }));
    await server.client.send(new UpdateAliasCommand({ FunctionName: "fast", Name: "live", FunctionVersion: "2" }));
    await server.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await server.sink.until((bodies) => bodies.includes("while disabled"));
    assert.deepEqual([told?.version, server.sink.told.at(-1)?.version], ["1", "2"]);
    await server.empty(url);

    await server.client.send(new DeleteEventSourceMappingCommand({ UUID }));
    await server.send(url, ["after the end"]);
    const left = await server.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 }));
    assert.equal(left.Messages?.[0]?.Body, "after the end");
  });

  test("kill -9 in the middle loses no message, and only what was in flight comes again", async (t) => {
    const data = await mkdtemp(join(tmpdir(), "lambent-mapping-"));
    t.after(() => rm(data, { recursive: true, force: true }));
    const sink = await openSink(t);
    const first = await startMappingServer(t, { data, sink });
    await first.worker("fn", 5);
    const url = await first.queue("q", { VisibilityTimeout: "6" });
    const slow = `{"n":${MESSAGES / 2},"ms":4000}`; // its batch is in flight when the server is killed
    await first.send(
      url,
      Array.from({ length: MESSAGES }, (_, at) => (at === MESSAGES / 2 ? slow : `{"n":${at},"ms":2}`)),
    );
    await first.map("fn", "q");
    await sink.until((bodies) => bodies.includes(slow));
    first.process.kill("SIGKILL");
    await first.process.ended;
    const before = sink.told.length;
    const second = await startMappingServer(t, { data, sink });
    await sink.until((bodies) => new Set(bodies).size === MESSAGES);
    const bodies = sink.told.flatMap(({ event }) => event.Records.map(({ body }) => body));
    assert.ok(before < sink.told.length);
    assert.ok(bodies.length - MESSAGES <= 10 * 50, `${bodies.length - MESSAGES} came twice`);
    const sqsUrl = url.replace(first.process.endpoint, second.process.endpoint);
    await second.empty(sqsUrl);
  });

  test("boto3 makes a mapping, lists it and reads its metrics", async (t) => {
    const server = await startMappingServer(t);
    await server.worker("fn");
    const { python } = await pythonEnv();
    const script = `
import boto3, time
at = dict(endpoint_url="${server.process.endpoint}", region_name="${REGION}", aws_access_key_id="${ACCOUNT}", aws_secret_access_key="any")
sqs, aws = boto3.client("sqs", **at), boto3.client("lambda", **at)
url = sqs.create_queue(QueueName="q")["QueueUrl"]
made = aws.create_event_source_mapping(FunctionName="fn", EventSourceArn="${arnOf("q")}", FilterCriteria={"Filters": [{"Pattern": '{"body":{"n":[1]}}'}]}, MetricsConfig={"Metrics": ["EventCount"]})
assert made["State"] == "Creating", made
sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": '{"n":%d}' % n} for n in range(3)])
listed = aws.list_event_source_mappings(FunctionName="fn")["EventSourceMappings"]
assert [one["State"] for one in listed] == ["Enabled"], listed
`;
    const metrics = `
import time
watch = boto3.client("cloudwatch", **at)
dimensions = [dict(Name="EventSourceMappingUUID", Value=made["UUID"])]
def sum_of(name):
    now = time.time()
    found = watch.get_metric_statistics(Namespace="AWS/Lambda", MetricName=name, Dimensions=dimensions, StartTime=now - 3600, EndTime=now + 120, Period=3600 * 2, Statistics=["Sum"])
    return sum(point["Sum"] for point in found["Datapoints"])
while sum_of("DeletedEventCount") < 1: time.sleep(0.2)
assert [sum_of(name + "EventCount") for name in ("Polled", "FilteredOut", "Invoked", "FailedInvoke")] == [3, 2, 1, 0]
`;
    await promisify(execFile)(python, ["-c", script + metrics], { timeout: 180_000 });
    await server.sink.until((bodies) => bodies.length > 0);
    assert.deepEqual(
      server.sink.told.flatMap(({ event }) => event.Records.map(({ body }) => body)),
      ['{"n":1}'],
    );
  });
});
