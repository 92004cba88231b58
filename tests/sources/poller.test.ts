// What a mapping's poller does with messages, over a real queue. services-postgres.test.ts runs this once more on PostgreSQL.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { deferred, HELD_BYTES_MAX, openHarness, type Record, until } from "./poller-harness.ts";

const bodies = (records: readonly Record[]) => records.map(({ body }) => body);
const failing = { functionError: "Unhandled" as const };
const answer = (value: unknown) => ({ payload: Buffer.from(JSON.stringify(value)) });
const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at));

suite("a mapping's poller", { timeout: 240_000 }, () => {
  test("hands messages on in batches and deletes them", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, numbers(100));
    const got: string[] = [];
    const sizes: number[] = [];
    harness.poll(queue, { batchSize: 7 }, async (records) => {
      got.push(...bodies(records));
      sizes.push(records.length);
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(got.toSorted(), numbers(100).toSorted());
    assert.ok(sizes.every((size) => size <= 7));
    assert.equal(harness.counted.get("DeletedEventCount"), 100);
  });

  test("is woken by a message that comes later", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    const came = deferred();
    harness.poll(queue, {}, async () => void came.resolve());
    await harness.send(queue, ["late"]);
    await came.promise;
    await until(async () => (await harness.left(queue)) === 0);
  });

  test("leaves messages of a failed batch, which come again after the visibility timeout", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "1" });
    await harness.send(queue, ["a"]);
    const counts: (string | undefined)[] = [];
    harness.poll(queue, {}, async ([record]) => {
      counts.push(record?.attributes.ApproximateReceiveCount);
      return counts.length < 2 ? failing : undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(counts.slice(0, 2), ["1", "2"]); // a third time, where the deletion took longer than the second
    assert.equal(harness.counted.get("FailedInvokeEventCount"), 1);
  });

  test("ends a poison message in the dead-letter queue", async (t) => {
    const harness = await openHarness(t);
    const dead = await harness.queue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = await harness.queue("q", { VisibilityTimeout: "1", RedrivePolicy });
    await harness.send(queue, ["poison"]);
    let runs = 0;
    harness.poll(queue, {}, async () => {
      runs++;
      return failing;
    });
    await until(async () => (await harness.left(dead)) === 1);
    assert.equal(runs, 2);
    assert.equal(await harness.left(queue), 0);
  });

  test("deletes all but the messages that the function reports", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "600" });
    await harness.send(queue, numbers(10));
    harness.poll(queue, { reportsItemFailures: true }, async (records) => {
      const odd = records.filter(({ body }) => Number(body) % 2 === 1);
      return answer({ batchItemFailures: odd.map(({ messageId }) => ({ itemIdentifier: messageId })) });
    });
    await until(() => harness.counted.get("DeletedEventCount") === 5);
    assert.equal(await harness.left(queue), 5);
    assert.equal(harness.counted.get("FailedInvokeEventCount"), 5);
  });

  test("does not read the answer of a function that was not asked to report", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, ["a"]);
    harness.poll(queue, {}, async ([record]) => answer({ batchItemFailures: [{ itemIdentifier: record?.messageId }] }));
    await until(async () => (await harness.left(queue)) === 0);
  });

  test("deletes what no filter wants, without an invocation", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, ['{"n":1}', '{"n":5}', "text", '{"n":9}']);
    const got: string[] = [];
    harness.poll(queue, { filters: ['{"body":{"n":[{"numeric":[">",4]}]}}'] }, async (records) => void got.push(...bodies(records)));
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(got.toSorted(), ['{"n":5}', '{"n":9}']);
    assert.equal(harness.counted.get("FilteredOutEventCount"), 2);
  });

  test("tries a throttled batch again without receiving its messages anew", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "60" });
    await harness.send(queue, ["a"]);
    const counts: (string | undefined)[] = [];
    harness.poll(queue, {}, async ([record]) => {
      counts.push(record?.attributes.ApproximateReceiveCount);
      if (counts.length < 3) throw new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.");
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(counts, ["1", "1", "1"]);
  });

  test("gives a throttled batch up when its messages are about to come again", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "1" });
    await harness.send(queue, ["a"]);
    let isThrottled = true;
    harness.poll(queue, {}, async ([record]) => {
      if (record?.attributes.ApproximateReceiveCount === "2") isThrottled = false;
      if (isThrottled) throw new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.");
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.equal(isThrottled, false);
  });

  test("cuts a batch where an event would be larger than 6 MB", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    for (const digit of numbers(10)) await harness.send(queue, [digit.repeat(1_000_000)]);
    const got: string[] = [];
    const sizes: number[] = [];
    harness.poll(queue, { batchSize: 10, concurrencyMax: 2 }, async (records, { payload }) => {
      sizes.push(payload.byteLength);
      got.push(...bodies(records).map((body) => body.slice(0, 1)));
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(got.toSorted(), numbers(10));
    assert.ok(sizes.length >= 2 && sizes.every((size) => size <= 6_291_456), String(sizes));
  });

  test("gathers messages for the batching window, and no longer than until the batch is full", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    const sizes: number[] = [];
    harness.poll(queue, { windowS: 3, batchSize: 100 }, async (records) => void sizes.push(records.length));
    await harness.send(queue, ["first"]);
    await harness.send(queue, numbers(4));
    await until(() => sizes.length === 1);
    await harness.send(queue, numbers(250)); // two full batches wait for no window
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(sizes, [5, 100, 100, 50]);
  });

  test("never has more batches under way than its maximum", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, numbers(60));
    let running = 0;
    let most = 0;
    harness.poll(queue, { batchSize: 1, concurrencyMax: 3 }, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.equal(most, 3);
  });

  test("has more than five batches under way when messages wait", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, numbers(20));
    const enough = deferred();
    let running = 0;
    harness.poll(queue, { batchSize: 1 }, async () => {
      if (++running === 8) enough.resolve();
      await enough.promise;
      return undefined;
    });
    await enough.promise;
    await until(async () => (await harness.left(queue)) === 0);
  });

  test("keeps the order within the groups of a FIFO queue, also after a failure", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q.fifo", { VisibilityTimeout: "3" }); // in which what was worked on is deleted
    const groups = ["a", "b", "c"];
    for (const at of numbers(20))
      for (const groupId of groups) await harness.send(queue, [`${groupId}${at}`], { groupId, dedupId: groupId + at });
    const done = new Map<string, string[]>(groups.map((group) => [group, []]));
    const running = new Set<string>();
    let hasFailed = false;
    harness.poll(queue, { batchSize: 5 }, async (records) => {
      const here = new Set(records.map(({ body }) => body.slice(0, 1)));
      for (const group of here) {
        assert.ok(!running.has(group), `two batches of group ${group} at once`);
        running.add(group);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const group of here) running.delete(group);
      if (!hasFailed && records.some(({ body }) => body === "b7")) {
        hasFailed = true;
        return failing;
      }
      for (const { body } of records) done.get(body.slice(0, 1))?.push(body);
      return undefined;
    });
    await until(async () => (await harness.left(queue)) === 0);
    assert.equal(hasFailed, true);
    for (const group of groups)
      assert.deepEqual(
        done.get(group),
        numbers(20).map((at) => group + at),
      );
  });

  test("receives nothing while its function is gone, and goes on when it is there", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    harness.isThere = false;
    const counts: (string | undefined)[] = [];
    const poller = harness.poll(queue, {}, async ([record]) => void counts.push(record?.attributes.ApproximateReceiveCount));
    await until(() => harness.warnings.length > 0);
    await harness.send(queue, ["a"]);
    assert.match(harness.warnings[0] ?? "", /The function fn does not exist/);
    harness.isThere = true;
    poller.lookAgain();
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(counts, ["1"]);
  });

  test("receives nothing once its role may not, also where it waits at the queue already, and goes on when it may", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    const counts: (string | undefined)[] = [];
    const poller = harness.poll(queue, {}, async ([record]) => void counts.push(record?.attributes.ApproximateReceiveCount));
    await harness.send(queue, ["a"]);
    await until(() => counts.length === 1);
    harness.missing = "sqs:DeleteMessage";
    poller.askAgain();
    await until(() => harness.warnings.length > 0);
    assert.match(harness.warnings[0] ?? "", /The provided execution role does not have permissions to call DeleteMessage on SQS/);
    await harness.send(queue, ["b"]);
    assert.equal((await harness.queues.peek(queue, 10)).length, 1);
    harness.missing = undefined;
    poller.askAgain();
    await until(async () => (await harness.left(queue)) === 0);
    assert.deepEqual(counts, ["1", "1"]);
  });

  test("takes no more large messages at once than all pollers together may have in hand", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "60" });
    const bytes = HELD_BYTES_MAX / 8;
    for (let sent = 0; sent < 48; sent += 4) await harness.send(queue, Array(4).fill("x".repeat(bytes)));
    let [running, most] = [0, 0];
    harness.poll(queue, { batchSize: 2 }, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 400));
      running--;
    });
    await until(async () => (await harness.left(queue)) === 0);
    // Four batches fill it, and who waited at the queue meanwhile may add one: without the limit it is more than ten.
    assert.ok(most <= 7, `${most} batches at once`);
    await until(() => harness.held.bytes === 0);
  });

  test("goes on with a queue that was deleted and made anew", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    const got: string[] = [];
    const poller = harness.poll(queue, {}, async (records) => void got.push(...bodies(records)));
    const stopListening = harness.queues.onChange(() => poller.lookAgain());
    t.after(stopListening);
    await harness.send(queue, ["a"]);
    await until(() => got.length === 1);
    await harness.queues.delete(queue, Date.now());
    const again = await harness.queue("q", {}, Date.now() + 61_000); // AWS's minute
    await harness.send(again, ["b"]);
    await until(() => got.length === 2);
    assert.deepEqual(got, ["a", "b"]);
  });

  test("takes nothing more once it is stopped, and lets what runs end", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    await harness.send(queue, ["a"]);
    const [begun, go] = [deferred(), deferred()];
    const got: string[] = [];
    const poller = harness.poll(queue, {}, async (records) => {
      got.push(...bodies(records));
      begun.resolve();
      await go.promise;
      return undefined;
    });
    await begun.promise;
    const stopped = poller.stop();
    await harness.send(queue, ["b"]);
    go.resolve();
    await stopped;
    assert.deepEqual(got, ["a"]);
    assert.equal(await harness.left(queue), 1);
  });

  test("follows a batch size that was lowered", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q");
    const sizes: number[] = [];
    const poller = harness.poll(queue, { batchSize: 10 }, async (records) => void sizes.push(records.length));
    await harness.send(queue, ["first"]);
    await until(() => sizes.length === 1);
    harness.change(poller, queue, { batchSize: 2 });
    await harness.send(queue, numbers(10));
    await until(async () => (await harness.left(queue)) === 0);
    assert.ok(
      sizes.slice(1).every((size) => size <= 2),
      String(sizes),
    );
  });

  test("stops a loop of requests, whose message stays", async (t) => {
    const harness = await openHarness(t);
    const queue = await harness.queue("q", { VisibilityTimeout: "600" });
    let header: string | undefined;
    let runs = 0;
    harness.poll(queue, {}, async (_, { traceHeader }) => {
      runs++;
      header = traceHeader;
      await harness.send(queue, ["again"], { traceHeader: header });
      return undefined;
    });
    await harness.send(queue, ["begin"]);
    await until(() => harness.counted.get("FailedInvokeEventCount") === 1);
    assert.equal(runs, 16);
    await until(async () => (await harness.left(queue)) === 1); // the message before it, whose handler sent it, may be about to be deleted
    assert.equal(runs, 16);
  });
});
