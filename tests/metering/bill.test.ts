import assert from "node:assert/strict";
import { test } from "node:test";
import { type BillItem, billItems, chargedUsd, type UsageKind } from "../../src/metering/bill.ts";
import { budgetAlarms } from "../../src/metering/budget.ts";
import { growthUntilEnd, monthOf, recentSince } from "../../src/metering/month.ts";
import { ownSheet, parseOwnPrices } from "../../src/metering/own-prices.ts";
import { pricesOf } from "../../src/metering/prices.ts";
import type { UsageSum } from "../../src/metering/usage.procs.ts";
import { WarmPeriods } from "../../src/metering/warm-periods.ts";

const DAY_MS = 86_400_000;
const place = {
  start_ms: Date.UTC(2026, 10, 2),
  function_id: 1,
  account: "123456789012",
  region: "us-east-1",
  name: "f",
  version: "1",
  memory_mb: 1536,
  architecture: "x86_64",
} as const;

function used(changes: Partial<UsageSum>): UsageSum {
  return {
    ...place,
    tmp_mb: 512,
    is_provisioned: 0,
    requests: 0,
    invocations: 0,
    errors: 0,
    inits: 0,
    billed_ms: 0,
    streamed_bytes: 0,
    ...changes,
  };
}

const charged = (items: readonly BillItem[], freeTier: boolean) => chargedUsd(items, pricesOf, { freeTier }).toFixed(2);

// The numbered tests are the worked examples of aws.amazon.com/lambda/pricing, from what the meter writes.

test("example 1: three million requests of 120 ms, with the free tier", () => {
  const items = billItems({ usage: [used({ requests: 3e6, billed_ms: 3e6 * 120 })], warm: [], services: [] }, pricesOf);
  assert.equal(charged(items, true), "2.73");
});

test("example 3: ephemeral storage above 512 MB", () => {
  const usage = [used({ memory_mb: 4096, tmp_mb: 2048, requests: 6e6, billed_ms: 6e6 * 280 })];
  assert.equal(charged(billItems({ usage, warm: [], services: [] }, pricesOf), true), "106.41");
});

test("example 4: provisioned concurrency for eight hours, with spill-over; its duration has a price of its own", () => {
  const usage = [used({ is_provisioned: 1, requests: 1e6, billed_ms: 50_000_000 }), used({ requests: 1e6, billed_ms: 33_333_333 })];
  const warm = [{ ...place, warm_seconds: 100 * 8 * 3600 }];
  assert.equal(charged(billItems({ usage, warm, services: [] }, pricesOf), false), "19.96");
});

test("example 7: streamed bytes beyond the free part of each response", () => {
  const usage = [used({ requests: 3e6, billed_ms: 3e6 * 500, streamed_bytes: 1076.56 * 1024 ** 3 })];
  const items = billItems({ usage, warm: [], services: [] }, pricesOf);
  const of = (kind: UsageKind) =>
    charged(
      items.filter((item) => item.kind === kind),
      true,
    );
  // AWS adds up the rounded lines.
  assert.deepEqual([of("duration"), of("requests"), of("streaming")], ["30.83", "0.40", "7.81"]);
});

test("requests to queues and bytes of logs have their prices, and their free parts, standard and FIFO together", () => {
  const of = { start_ms: place.start_ms, account: place.account, region: "eu-west-1", resource: "r" };
  const services = [
    { ...of, kind: "sqsRequests", quantity: 3e6 },
    { ...of, kind: "sqsFifoRequests", quantity: 1e6 },
    { ...of, kind: "logBytes", quantity: 20 * 1024 ** 3 },
    { ...of, kind: "logByteHours", quantity: 730 * 100 * 1024 ** 3 }, // 100 GB for a month
  ] as const;
  const items = billItems({ usage: [], warm: [], services }, pricesOf);
  assert.equal(charged(items, false), (1.2 + 0.5 + 10 + 3).toFixed(2));
  assert.equal(charged(items, true), ((1.2 + 0.5) * 0.75 + (10 + 3) * (115 / 120)).toFixed(2));
  const own = ownSheet(parseOwnPrices('{"sqsUsdPerRequest": 0, "logsUsdPerGb": 0.1, "logsUsdPerGbMonth": 0.01}'));
  assert.equal(chargedUsd(billItems({ usage: [], warm: [], services }, own), own, { freeTier: false }).toFixed(2), "3.00");
});

test("tiers are those of all functions of an architecture and region together", () => {
  const half = used({ memory_mb: 1024, billed_ms: 4e12 });
  const items = billItems({ usage: [half, { ...half, name: "g" }], warm: [], services: [] }, pricesOf);
  assert.equal(charged(items, false), (6e9 * 0.0000166667 + 2e9 * 0.000015).toFixed(2));
});

test("a month that goes on as it began comes to its length over the time that has passed", () => {
  const month = monthOf(Date.UTC(2026, 10, 16));
  assert.deepEqual(month, { startMs: Date.UTC(2026, 10, 1), endMs: Date.UTC(2026, 11, 1) });
  const spent = { soFarUsd: 30, recentUsd: 14, sinceMs: month.startMs + 8 * DAY_MS };
  assert.ok(Math.abs(growthUntilEnd(spent, month, month.startMs + 15 * DAY_MS) - 2) < 1e-9);
  assert.equal(growthUntilEnd({ soFarUsd: 0, recentUsd: 0, sinceMs: 0 }, month, month.startMs), 1);
});

test("a first call does not become a fortune: at least an hour is looked at", () => {
  const month = monthOf(Date.UTC(2026, 10, 1));
  const growth = growthUntilEnd({ soFarUsd: 1, recentUsd: 1, sinceMs: month.startMs }, month, month.startMs + 1_000);
  assert.ok(growth <= 1 + 30 * 24, `${growth}`);
});

test("what is recent are seven days, or the time since the first use", () => {
  const nowMs = Date.UTC(2026, 10, 16);
  assert.deepEqual([recentSince(nowMs - 20 * DAY_MS, nowMs), recentSince(nowMs - 60_000, nowMs)], [nowMs - 7 * DAY_MS, nowMs - 60_000]);
});

test("a budget is told of at 80 %, at its end, and when the month is going to exceed it", () => {
  const levels = (soFarUsd: number, projectedUsd: number) =>
    budgetAlarms(10, { startMs: 0, endMs: 1, soFarUsd, projectedUsd }).map(({ level }) => level);
  assert.deepEqual(
    [levels(1, 9), levels(1, 11), levels(8, 9), levels(9, 12), levels(10, 30)],
    [[], ["forecast"], ["nearly"], ["nearly", "forecast"], ["spent"]],
  );
});

test("small amounts of a budget keep two figures", () => {
  const [spent] = budgetAlarms(0.001, { startMs: 0, endMs: 1, soFarUsd: 0.0123, projectedUsd: 1 });
  assert.equal(spent?.sentence, "This month's budget of $0.0010 is spent: $0.012 so far.");
  const [none] = budgetAlarms(0, { startMs: 0, endMs: 1, soFarUsd: 12.345, projectedUsd: 13 });
  assert.equal(none?.sentence, "This month's budget of $0.00 is spent: $12.35 so far.");
});

test("own prices hold for every region and amount; what they leave out stays AWS's", () => {
  const prices = ownSheet(parseOwnPrices('{"usdPerGbSecond": 0.000002}'))("eu-central-1");
  assert.deepEqual(prices.duration.arm64, [{ fromGbSeconds: 0, usdPerGbSecond: 0.000002 }]);
  assert.equal(prices.usdPerRequest, 0.0000002);
});

test("own prices with a name that nobody knows, or no price, are refused", () => {
  assert.throws(() => parseOwnPrices('{"usdPerHour": 1}'), /names 'usdPerHour'/);
  assert.throws(() => parseOwnPrices('{"usdPerRequest": -1}'), /usdPerRequest is no price/);
  assert.throws(() => parseOwnPrices("[]"), /no JSON object/);
});

test("five minutes kept warm begin with the request, and each is told once", () => {
  const periods = new WarmPeriods();
  const kept = [{ functionId: 1, version: "1", memoryMb: 128, architecture: "arm64", environments: 3, sinceMs: 1_000 }] as const;
  const told = [1_000, 2_000, 300_999, 301_000, 302_000].map((nowMs) => periods.due(kept, nowMs).map(({ fromMs }) => fromMs));
  assert.deepEqual(told, [[1_000], [], [], [301_000], []]);
  assert.deepEqual(periods.due([{ ...kept[0], sinceMs: 303_000 }], 303_000).length, 1, "asked for anew");
});
