// What a real server tells Prometheus, read by Prometheus' own parser: of functions that really run, and who may read it.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { zipOf } from "../services/lambda/zip-of.ts";
import { readMetrics } from "./monitored.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const TOKEN = "what-monitoring-knows";
const SOURCE = `export const handler = async ({ fail }) => {
  if (fail) throw new Error("no");
};`;

describe("monitoring", { timeout: 300_000 }, () => {
  let server: RunningServer;
  let data: string;
  let url: string;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), "lambent-monitoring-"));
    server = await startServer({
      auth: "enforce",
      data,
      args: ["--async-retry-seconds", "60,60"],
      environment: { LAMBENT_METRICS_TOKEN: TOKEN },
    });
    url = `${server.process.endpoint}/_lambent/metrics`;
  });
  after(async () => {
    await server?.close();
    await rm(data, { recursive: true, force: true });
  });

  test("what functions did, how long it took, and what waits", async () => {
    await server.create("watched", await zipOf({ "index.mjs": SOURCE }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await server.call("watched");
    await server.call("watched");
    await assert.rejects(server.call("watched", { fail: true }), /no/);
    await server.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "watched", ReservedConcurrentExecutions: 0 }));
    await assert.rejects(server.call("watched"), { name: "TooManyRequestsException" });

    const watched = { account: ACCOUNT, region: REGION, function_name: "watched" };
    let reading = await readMetrics(url, TOKEN); // a caller is answered before its invocation is counted
    while (reading.value("lambent_function_invocations_total", watched) !== 3) reading = await readMetrics(url, TOKEN);
    assert.equal(reading.value("lambent_function_errors_total", watched), 1);
    assert.equal(reading.value("lambent_function_throttles_total", watched), 1);
    assert.ok(reading.value("lambent_function_cold_starts_total", watched)! >= 1);
    assert.ok(reading.value("lambent_function_billed_duration_seconds_total", watched)! > 0);
    assert.equal(reading.value("lambent_invocation_duration_seconds_count"), 3);
    assert.equal(reading.value("lambent_invocation_duration_seconds_bucket", { le: "+Inf" }), 3);
    assert.equal(reading.value("lambent_ready"), 1);
    assert.equal(reading.value("lambent_concurrent_executions"), 0);
    assert.equal(reading.value("lambent_http_requests_total", { service: "lambda", code: "429" }), 1);
    assert.ok(reading.value("lambent_store_duration_seconds_count", { kind: "write" })! > 0);
    assert.ok(reading.value("process_resident_memory_bytes")! > 1e7);
  });

  test("asynchronous invocations that wait are counted, with the age of the oldest", async () => {
    await server.create("later", await zipOf({ "index.mjs": SOURCE }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await server.client.send(new InvokeCommand({ FunctionName: "later", InvocationType: "Event", Payload: '{"fail":true}' }));
    // It waits for its retry a minute, and is counted every few seconds.
    for (;;) {
      const reading = await readMetrics(url, TOKEN);
      if (reading.value("lambent_queue_messages", { kind: "async" }) !== 1) continue;
      assert.ok(reading.value("lambent_queue_oldest_message_age_seconds", { kind: "async" })! >= 0);
      return;
    }
  });

  test("names say units, and what only grows ends with _total", async () => {
    const { families } = await readMetrics(url, TOKEN);
    const units = /_(seconds|bytes|info|total|fds)$/;
    const countable = /^lambent_(ready|environments|invocations_waiting|concurrent_executions|concurrency_limit|queue_messages)$/;
    for (const [name, { type, help, samples }] of Object.entries(families)) {
      assert.match(name, /^(lambent|process|nodejs)_[a-z0-9_]+$/);
      assert.ok(help.endsWith("."), name);
      if (type === "counter")
        assert.ok(
          samples.every((sample) => sample.name.endsWith("_total")),
          name,
        ); // the parser takes it from the family
      else assert.ok(units.test(name) || countable.test(name), name);
    }
  });

  test("the token opens nothing else, and nobody reads without it but the operator", async () => {
    const statusOf = async (path: string, token: string) => {
      const { status } = await fetch(`${server.process.endpoint}/_lambent/${path}`, { headers: { authorization: `Bearer ${token}` } });
      return status;
    };
    assert.equal(await statusOf("metrics", "another"), 403);
    assert.equal((await fetch(url)).status, 403);
    assert.equal(await statusOf("cost?from=0&to=1", TOKEN), 403);
    assert.equal(await statusOf("keys", TOKEN), 403);
    assert.equal(await statusOf("metrics", await readFile(join(data, "run", "operator-token"), "utf8")), 200);
  });
});
