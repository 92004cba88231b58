// Metrics of functions that really run, and one's own, read by the real SDK, aws-cli and boto3: CBOR, JSON and query.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const run = promisify(execFile);
const SOURCE = `export const handler = async ({ holdMs = 0, fail }) => {
  await new Promise((resolve) => setTimeout(resolve, holdMs));
  if (fail) throw new Error("no");
};
`;

describe("metrics", { timeout: 300_000 }, () => {
  let server: RunningServer;
  let client: CloudWatchClient;
  const dimensions = [{ Name: "FunctionName", Value: "measured" }];

  before(async () => {
    server = await startServer();
    client = new CloudWatchClient({
      endpoint: server.process.endpoint,
      region: REGION,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" },
      maxAttempts: 1,
    });
    await server.create("measured", await zipOf({ "index.mjs": SOURCE }), { Runtime: "nodejs24.x", MemorySize: 256 });
  });
  after(async () => {
    client?.destroy();
    await server?.close();
  });

  const range = () => ({ StartTime: new Date(Date.now() - 600_000), EndTime: new Date(Date.now() + 60_000) });

  async function statistics(MetricName: string, Statistics: ("Sum" | "Maximum" | "SampleCount")[], Namespace = "AWS/Lambda") {
    const Dimensions = Namespace === "AWS/Lambda" ? dimensions : [];
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({ Namespace, MetricName, Dimensions, ...range(), Period: 3600, Statistics }),
    );
    return Datapoints?.[0];
  }

  test("invocations, errors, throttles and durations of a function", async () => {
    await server.call("measured", { holdMs: 200 });
    await server.call("measured");
    await assert.rejects(server.call("measured", { fail: true }), /no/);
    await server.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "measured", ReservedConcurrentExecutions: 0 }));
    await assert.rejects(server.call("measured"), { name: "TooManyRequestsException" });
    const point = async (name: string) => {
      const found = await statistics(name, ["Sum", "Maximum", "SampleCount"]);
      return [found?.SampleCount, found?.Sum, found?.Maximum, found?.Unit];
    };
    while ((await point("Invocations"))[0] !== 3); // a caller is answered before its invocation is counted
    assert.deepEqual(await point("Invocations"), [3, 3, 1, "Count"]);
    assert.deepEqual(await point("Errors"), [3, 1, 1, "Count"]);
    assert.deepEqual(await point("Throttles"), [4, 1, 1, "Count"]);
    const longest = (await statistics("Duration", ["Maximum"]))?.Maximum ?? 0;
    assert.ok(longest >= 200, `${longest}`);
  });

  test("GetMetricData answers percentiles and counts, newest first, also of all functions", async () => {
    const metric = (MetricName: string, Dimensions = dimensions) => ({ Namespace: "AWS/Lambda", MetricName, Dimensions });
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        ...range(),
        MetricDataQueries: [
          { Id: "slow", MetricStat: { Metric: metric("Duration"), Period: 3600, Stat: "p99" } },
          { Id: "all", Label: "Calls", MetricStat: { Metric: metric("Invocations", []), Period: 3600, Stat: "Sum" } },
          { Id: "none", MetricStat: { Metric: metric("IteratorAge"), Period: 60, Stat: "Sum" } },
        ],
      }),
    );
    const [slow, all, none] = MetricDataResults ?? [];
    assert.ok((slow?.Values?.[0] ?? 0) >= 190, `${slow?.Values}`);
    assert.deepEqual([all?.Label, all?.Values, all?.StatusCode], ["Calls", [3], "Complete"]);
    assert.deepEqual([none?.Values, none?.Timestamps], [[], []]);
  });

  test("asynchronous events have an age, and are dropped where they may not run", async () => {
    await server.client.send(new InvokeCommand({ FunctionName: "measured", InvocationType: "Event", Payload: Buffer.from("{}") }));
    assert.equal((await statistics("AsyncEventsReceived", ["Sum"]))?.Sum, 1);
    let dropped: number | undefined;
    while (dropped === undefined) dropped = (await statistics("AsyncEventsDropped", ["Sum"]))?.Sum;
    assert.equal(dropped, 1, "nothing of it may run");
  });

  test("one's own values are added up, listed by namespace, and refused where they are no values", async () => {
    const Timestamp = new Date();
    const MetricData = [
      { MetricName: "Orders", Value: 5, Timestamp, Unit: "Count" as const },
      { MetricName: "Orders", Values: [1, 2], Counts: [3, 4], Timestamp, Unit: "Count" as const },
      { MetricName: "Orders", StatisticValues: { SampleCount: 2, Sum: 40, Minimum: 10, Maximum: 30 }, Timestamp, Unit: "Count" as const },
    ];
    await client.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData }));
    const found = await statistics("Orders", ["Sum", "SampleCount", "Maximum"], "Shop");
    assert.deepEqual([found?.Sum, found?.SampleCount, found?.Maximum], [56, 10, 30]);
    const { Metrics } = await client.send(new ListMetricsCommand({ Namespace: "Shop" }));
    assert.deepEqual(Metrics, [{ Namespace: "Shop", MetricName: "Orders", Dimensions: [] }]);
    const put = (datum: object) =>
      client.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData: [{ MetricName: "x", ...datum }] }));
    await assert.rejects(put({ Value: 1, StorageResolution: 1 }), /does not support StorageResolution 1/);
    await assert.rejects(put({}), /MetricData.member.1.Value is required/);
    await assert.rejects(put({ Value: 1, Timestamp: new Date(0) }), /two weeks in the past/);
  });

  test("boto3 and aws-cli read the same", async () => {
    const environment = {
      ...process.env,
      AWS_ENDPOINT_URL: server.process.endpoint,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_DEFAULT_REGION: REGION,
    };
    const query = ["cloudwatch", "list-metrics", "--namespace", "AWS/Lambda", "--metric-name", "Errors", "--output", "json"];
    const listed = JSON.parse((await run(".cache/python/bin/aws", query, { env: environment })).stdout) as {
      Metrics: { Dimensions: object[] }[];
    };
    assert.deepEqual(listed.Metrics.map(({ Dimensions }) => Dimensions.length).toSorted(), [0, 1, 2]);
    const script = `
import boto3, datetime
now = datetime.datetime.now(datetime.timezone.utc)
found = boto3.client("cloudwatch").get_metric_statistics(Namespace="AWS/Lambda", MetricName="Invocations", Dimensions=[],
  StartTime=now - datetime.timedelta(minutes=10), EndTime=now + datetime.timedelta(minutes=1), Period=3600, Statistics=["Sum"])
print(int(found["Datapoints"][0]["Sum"]))
`;
    assert.equal((await run(".cache/python/bin/python", ["-c", script], { env: environment })).stdout.trim(), "3");
  });
});
