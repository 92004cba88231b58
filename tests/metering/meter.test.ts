import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketOf, middleOf, percentile } from "../../src/metering/buckets.ts";
import { Meter, type MeteredInvocation } from "../../src/metering/meter.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 25, 12);
const arn = "arn:aws:lambda:eu-central-1:123456789012:function:f";
const version = {
  functionId: 7,
  account: "123456789012",
  region: "eu-central-1",
  name: "f",
  version: "3",
  memoryMb: 1024,
  tmpMb: 512,
  architecture: "arm64",
} as const;

function record(changes: Partial<MeteredInvocation> = {}): MeteredInvocation {
  return {
    version,
    invokedArn: `${arn}:live`,
    durationMs: 12.5,
    billedMs: 13,
    endedAtMs: NOON + 100,
    isFunctionError: false,
    streamedBytes: 0,
    ...changes,
  };
}

const never = () => false;

/** name → dimensions → [samples, total], of everything. */
function told(meter: Meter, hasProvisioned = never as () => boolean) {
  const { metrics } = meter.drain(hasProvisioned);
  const series = new Map(metrics.series.map((one) => [one.id, one]));
  return metrics.rows.map((row) => {
    const { name, dimensions } = series.get(row.seriesId)!;
    const values = (JSON.parse(dimensions) as string[][]).map(([, value]) => value).join(" ");
    return `${name} [${values}] ${row.samples} ${row.total}`;
  });
}

test("usage is one row for a version and minute, however it was called; requests of large events count more", () => {
  const meter = new Meter();
  meter.add(record({ initMs: 80, billedMs: 93 }), false);
  meter.add(record({ invokedArn: `${arn}:3`, isFunctionError: true }), false);
  meter.add(record({ version: { ...version } }), false);
  meter.extraRequests(version, `${arn}:live`, NOON, 2);
  const { usage } = meter.drain(never);
  const { functionId, memoryMb, tmpMb, architecture } = version;
  const shape = { minute: NOON, functionId, version: "3", memoryMb, tmpMb, architecture, isProvisioned: false };
  assert.deepEqual(usage, [{ ...shape, requests: 5, invocations: 3, errors: 1, inits: 1, billedMs: 119, streamedBytes: 0 }]);
  assert.deepEqual(meter.drain(never), { usage: [], metrics: { series: [], rows: [] }, services: [] }, "it is told once");
});

test("an invocation belongs to the minute of its start", () => {
  const meter = new Meter();
  meter.add(record({ durationMs: 90_000, endedAtMs: NOON + MINUTE }), false);
  assert.deepEqual(
    meter.drain(never).usage.map(({ minute }) => minute),
    [NOON - MINUTE],
  );
});

test("streamed bytes are paid for beyond 6 MB of each response", () => {
  const meter = new Meter();
  const MB = 1024 * 1024;
  for (const streamedBytes of [MB, 10 * MB, 7 * MB]) meter.add(record({ streamedBytes }), false);
  assert.equal(meter.drain(never).usage[0]?.streamedBytes, 5 * MB);
});

test("a call through an alias is seen under region, function, alias, and the version that ran", () => {
  const meter = new Meter();
  meter.add(record({ isFunctionError: true }), false);
  meter.add(record(), false);
  meter.throttled(version, `${arn}:live`, NOON);
  const lines = told(meter);
  for (const dimensions of ["", "f", "f f:live", "3 f f:live"]) {
    assert.ok(lines.includes(`Invocations [${dimensions}] 2 2`), dimensions);
    assert.ok(lines.includes(`Errors [${dimensions}] 2 1`), dimensions);
    assert.ok(lines.includes(`Throttles [${dimensions}] 3 1`), dimensions);
    assert.ok(lines.includes(`Duration [${dimensions}] 2 25`), dimensions);
  }
  assert.equal(lines.length, 16);
});

test("what ran in provisioned environments and what found none free are told apart", () => {
  const meter = new Meter();
  meter.add(record(), true);
  meter.add(record(), false);
  const lines = told(meter, () => true);
  assert.ok(lines.includes("ProvisionedConcurrencyInvocations [f f:live] 1 1"));
  assert.ok(lines.includes("ProvisionedConcurrencySpilloverInvocations [f f:live] 1 1"));
});

test("a bucket is within 2 % of its values, and buckets ascend with them", () => {
  for (const value of [0.01, 0.5, 1, 3.7, 42, 899_999, -5]) {
    assert.ok(Math.abs(middleOf(bucketOf(value)) / value - 1) < 0.021, `${value}`);
  }
  const values = [-100, -1, 0, 0.001, 1, 2, 1000];
  assert.deepEqual(
    values.map(bucketOf),
    values.map(bucketOf).toSorted((a, b) => a - b),
  );
});

test("percentiles come from buckets, and never lie outside of what was measured", () => {
  const buckets = new Map<number, number>();
  for (let value = 1; value <= 1000; value++) buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1);
  const range = { lowest: 1, highest: 1000 };
  for (const share of [0.5, 0.9, 0.99]) assert.ok(Math.abs(percentile(buckets, share, range)! / (share * 1000) - 1) < 0.045, `${share}`);
  assert.equal(percentile(buckets, 1, range), 1000);
  assert.equal(percentile(new Map(), 0.5, range), undefined);
});

test("what extensions took beyond the runtime is a metric of environments that have extensions", () => {
  const meter = new Meter();
  for (const extensionsMs of [5, 7, undefined]) meter.add(record({ extensionsMs }), false);
  assert.ok(told(meter).includes("PostRuntimeExtensionsDuration [f] 2 12"));
});
