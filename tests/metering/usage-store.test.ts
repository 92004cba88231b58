// The meter's statements, on every store.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { Costs } from "../../src/metering/costs.ts";
import { MetricBatch } from "../../src/metering/metric-batch.ts";
import { storedSeries } from "../../src/metering/metric-series.ts";
import { listSeries, readMetrics, rollUpMetrics } from "../../src/metering/metrics.procs.ts";
import { pricesOf } from "../../src/metering/prices.ts";
import { rollUpServiceUse } from "../../src/metering/service-usage.procs.ts";
import {
  addWarmPeriods,
  type Flush,
  firstUse,
  flushUsage,
  readUsage,
  rollUpUsage,
  type UsageRow,
  WHOLE_PERIOD,
} from "../../src/metering/usage.procs.ts";
import type { Database } from "../../src/store/database.ts";
import { openIn, stores } from "../contract/store-dialects.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 25, 12);
const WHOLE = { account: undefined, fromMs: NOON - 24 * HOUR, toMs: NOON + 24 * HOUR, stepMs: HOUR };

const row: UsageRow = {
  minute: NOON,
  functionId: 1,
  version: "$LATEST",
  memoryMb: 512,
  tmpMb: 512,
  architecture: "x86_64",
  isProvisioned: false,
  requests: 3,
  invocations: 2,
  errors: 1,
  inits: 1,
  billedMs: 250,
  streamedBytes: 7,
};

const place = { account: "123456789012", region: "eu-central-1" };
const duration = storedSeries({
  ...place,
  namespace: "AWS/Lambda",
  name: "Duration",
  dimensions: [["FunctionName", "f"]],
  unit: "Milliseconds",
});

function flush(changes: Partial<Flush> = {}): Flush {
  const batch = new MetricBatch();
  batch.addValue(duration, NOON + 5, 10);
  batch.addValue(duration, NOON + 6, 30, 3);
  return { nodeId: "a", seq: 1, nowMs: NOON, usage: [row], metrics: batch.rows(), services: [], ...changes };
}

for (const [name, store] of Object.entries(stores)) {
  describe(`usage in ${name}`, { skip: store.skip, timeout: 180_000 }, () => {
    test("a flush that is repeated counts once, another one adds, also of another node", async (t) => {
      const { database } = await openIn(t, await store.place());
      await database.run(flushUsage, flush());
      await database.run(flushUsage, flush());
      assert.deepEqual(await sums(database), { samples: 4, total: 100, lowest: 10, highest: 30 });
      await database.run(flushUsage, flush({ seq: 2 }));
      await database.run(flushUsage, flush({ nodeId: "b" }));
      assert.deepEqual(await sums(database), { samples: 12, total: 300, lowest: 10, highest: 30 });
    });

    test("old minutes become hours and keep their sums", async (t) => {
      const { database } = await openIn(t, await store.place());
      const later = new MetricBatch();
      later.addValue(duration, NOON + 59 * MINUTE, 500);
      await database.run(flushUsage, flush());
      await database.run(flushUsage, flush({ seq: 2, usage: [{ ...row, minute: NOON + 59 * MINUTE }], metrics: later.rows() }));
      for (const _ of [1, 2]) await database.run(rollUpMetrics, { hoursBeforeMs: NOON + HOUR + 1, goneBeforeMs: 0 });
      for (const _ of [1, 2]) await database.run(rollUpUsage, { hoursBeforeMs: NOON + HOUR + 1, goneBeforeMs: 0 });
      const { minutes, buckets } = await read(database);
      assert.deepEqual(minutes, [{ minute: NOON, samples: 5, total: 600, lowest: 10, highest: 500 }]);
      assert.deepEqual(
        buckets.map(({ samples }) => samples).toSorted((a, b) => a - b),
        [1, 1, 3],
      );
      await database.run(rollUpMetrics, { hoursBeforeMs: NOON + HOUR, goneBeforeMs: NOON + HOUR });
      assert.deepEqual((await read(database)).minutes, []);
      assert.deepEqual(await database.read(listSeries, { ...place, sinceMs: 0 }), [], "a metric that nothing is known of is forgotten");
    });

    test("what services were used for adds up, also of two nodes, and minutes become hours", async (t) => {
      const { database } = await openIn(t, await store.place());
      const used = { ...place, kind: "sqsRequests", resource: "jobs", minute: NOON, quantity: 3 } as const;
      const log = { ...place, kind: "logBytes", resource: "/aws/lambda/f", minute: NOON + MINUTE, quantity: 5_000_000_000 } as const;
      await database.run(flushUsage, flush({ services: [used, log] }));
      await database.run(flushUsage, flush({ services: [used, log] })); // repeated
      await database.run(flushUsage, flush({ nodeId: "b", services: [{ ...used, minute: NOON + 2 * MINUTE }] }));
      for (const _ of [1, 2]) await database.run(rollUpServiceUse, { hoursBeforeMs: NOON + HOUR + 1, goneBeforeMs: 0 });
      const byMinute = (await database.read(readUsage, { ...WHOLE, stepMs: MINUTE })).services;
      assert.deepEqual(byMinute.map(({ start_ms, kind, quantity }) => [start_ms, kind, quantity]).toSorted(), [
        [NOON, "logBytes", 5_000_000_000],
        [NOON, "sqsRequests", 6],
      ]);
      assert.deepEqual((await database.read(readUsage, { ...WHOLE, account: "000000000001" })).services, []);
      await database.run(rollUpServiceUse, { hoursBeforeMs: NOON, goneBeforeMs: NOON + HOUR });
      assert.deepEqual((await database.read(readUsage, WHOLE)).services, []);
    });

    test("a month is told from a row for each resource, whatever hours it was used in, and from the first use on", async (t) => {
      const { database } = await openIn(t, await store.place());
      const used = { ...place, kind: "sqsRequests", resource: "jobs", quantity: 1_000_000 } as const;
      const hours = Array.from({ length: 48 }, (_, hour) => ({ ...used, minute: NOON + hour * HOUR }));
      await database.run(flushUsage, flush({ services: hours }));
      const nowMs = NOON + 47 * HOUR;
      const period = { account: place.account, fromMs: 0, toMs: nowMs + HOUR };
      const { services } = await database.read(readUsage, { ...period, stepMs: WHOLE_PERIOD });
      assert.deepEqual(
        services.map(({ resource, quantity }) => [resource, quantity]),
        [["jobs", 48_000_000]],
      );
      assert.equal(await database.read(firstUse, period), NOON);
      assert.equal(await database.read(firstUse, { ...period, account: "000000000001" }), undefined);
      const costs = new Costs({ database, clock: { ...systemClock, nowMs: () => nowMs }, sheet: pricesOf, flush: async () => {} });
      const { soFarUsd, projectedUsd, endMs } = await costs.month(place.account, { freeTier: false });
      assert.ok(Math.abs(soFarUsd - 48 * 0.4) < 1e-9, `${soFarUsd}`);
      const ahead = (soFarUsd / (47 * HOUR)) * (endMs - nowMs);
      assert.ok(Math.abs(projectedUsd - soFarUsd - ahead) < 1e-6, `${projectedUsd}`);
    });

    test("five minutes kept warm are one row, whoever tells of them", async (t) => {
      const { database } = await openIn(t, await store.place());
      const { functionId, version, memoryMb, architecture } = row;
      const periods = [{ fromMs: NOON, functionId, version, memoryMb, architecture, environments: 4 }];
      await database.run(addWarmPeriods, { periods });
      await database.run(addWarmPeriods, { periods });
      const { warm, usage } = await database.read(readUsage, WHOLE);
      assert.deepEqual([warm, usage], [[], []], "there is no function of that id to charge");
    });
  });
}

async function read(database: Database) {
  return database.read(readMetrics, { seriesIds: [duration.id], fromMs: NOON - HOUR, toMs: NOON + 2 * HOUR, buckets: true });
}

async function sums(database: Database) {
  const { minutes } = await read(database);
  assert.equal(minutes.length, 1);
  const { minute, ...statistics } = minutes[0]!;
  assert.equal(minute, NOON);
  return statistics;
}
