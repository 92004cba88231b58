import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asyncRequests,
  billedMs,
  costPerMillion,
  invocationCost,
  monthlyCost,
  provisionedDurationCost,
  streamingCost,
  warmCost,
} from "../../src/metering/cost.ts";

const shape = { memoryMb: 1536, tmpMb: 512, architecture: "x86_64", region: "us-east-1" } as const;
const toCents = (usd: number) => usd.toFixed(2);

// The numbered tests are the worked examples of aws.amazon.com/lambda/pricing.

test("example 1: three million requests of 120 ms, with the free tier", () => {
  const cost = monthlyCost({ ...shape, requests: 3e6, billedSeconds: 3e6 * 0.12, freeTier: true });
  assert.deepEqual([toCents(cost.durationUsd), toCents(cost.requestsUsd), toCents(cost.totalUsd)], ["2.33", "0.40", "2.73"]);
});

test("example 2: 7.44 million requests of two seconds at 1 GB, without a free tier", () => {
  const cost = monthlyCost({ ...shape, memoryMb: 1024, requests: 7.44e6, billedSeconds: 7.44e6 * 2, freeTier: false });
  assert.deepEqual([toCents(cost.durationUsd), toCents(cost.requestsUsd), toCents(cost.totalUsd)], ["248.00", "1.49", "249.49"]);
});

test("example 3: ephemeral storage above 512 MB is paid for", () => {
  const cost = monthlyCost({ ...shape, memoryMb: 4096, tmpMb: 2048, requests: 6e6, billedSeconds: 6e6 * 0.28, freeTier: true });
  assert.deepEqual(
    [toCents(cost.durationUsd), toCents(cost.requestsUsd), toCents(cost.storageUsd), toCents(cost.totalUsd)],
    ["105.33", "1.00", "0.08", "106.41"],
  );
});

test("example 4: provisioned concurrency for eight hours, with spill-over at the normal price", () => {
  const warm = warmCost({ ...shape, environments: 100, seconds: 8 * 3600 });
  const provisioned = provisionedDurationCost({ ...shape, billedSeconds: 50_000 });
  const spill = monthlyCost({ ...shape, requests: 2e6, billedSeconds: 50_000 / 1.5, freeTier: false });
  assert.deepEqual(
    [toCents(warm), toCents(provisioned), toCents(spill.durationUsd), toCents(spill.requestsUsd)],
    ["18.00", "0.73", "0.83", "0.40"],
  );
  assert.equal(toCents(warm + provisioned + spill.totalUsd), "19.96");
});

test("example 5: seven provisioned environments of 4 GB for a day", () => {
  const warm = warmCost({ ...shape, memoryMb: 4096, environments: 7, seconds: 24 * 3600 });
  const provisioned = provisionedDurationCost({ ...shape, memoryMb: 4096, billedSeconds: 560_000 });
  assert.deepEqual([toCents(warm), toCents(provisioned)], ["10.08", "21.78"]);
  assert.equal(toCents(warm + provisioned + 2e6 * 0.0000002), "32.26");
});

test("example 7: the duration of a function that streams", () => {
  const cost = monthlyCost({ ...shape, requests: 3e6, billedSeconds: 3e6 * 0.5, freeTier: true });
  assert.deepEqual([toCents(cost.durationUsd), toCents(cost.requestsUsd)], ["30.83", "0.40"]);
});

test("example 7: streamed bytes beyond 6 MB a response cost $0.008 a GB", () => {
  assert.equal(toCents(streamingCost({ responses: 1e6, mbEach: 7, freeTier: false })), "7.81");
  assert.equal(streamingCost({ responses: 1e6, mbEach: 6, freeTier: false }), 0);
  assert.equal(streamingCost({ responses: 100 * 1024, mbEach: 7, freeTier: true }), 0);
});

test("small Rust functions pay for requests: 5 ms at 128 MB on arm64 are less than a cent of duration per million", () => {
  const cost = costPerMillion({ memoryMb: 128, tmpMb: 512, architecture: "arm64", region: "eu-west-1", billedMs: 5 });
  assert.equal(cost.durationUsd.toFixed(4), "0.0083");
  assert.equal(cost.requestsUsd.toFixed(2), "0.20");
});

test("at 128 MB on x86 requests and duration are equal at 96 ms", () => {
  const cost = invocationCost({ memoryMb: 128, tmpMb: 512, architecture: "x86_64", region: "us-east-1", billedMs: 96 });
  assert.equal((cost.durationUsd / cost.requestsUsd).toFixed(3), "1.000");
});

test("arm64 costs a fifth less than x86", () => {
  const x86 = invocationCost({ ...shape, billedMs: 100 });
  const arm = invocationCost({ ...shape, architecture: "arm64", billedMs: 100 });
  assert.equal((arm.durationUsd / x86.durationUsd).toFixed(3), "0.800");
});

test("the published price of a millisecond follows from the price of a GB-second", () => {
  const published = [
    [128, "0.0000000021"],
    [512, "0.0000000083"],
    [1024, "0.0000000167"],
    [1769, "0.0000000288"],
    [3008, "0.0000000490"],
    [10240, "0.0000001667"],
  ] as const;
  for (const [memoryMb, usd] of published) {
    assert.equal(invocationCost({ ...shape, memoryMb, billedMs: 1 }).durationUsd.toFixed(10), usd, `${memoryMb} MB`);
  }
});

test("tiers are cumulative: only what lies above the border is cheaper", () => {
  const cost = monthlyCost({ ...shape, memoryMb: 1024, requests: 0, billedSeconds: 16e9, freeTier: false });
  assert.equal(cost.durationUsd, 6e9 * 0.0000166667 + 9e9 * 0.000015 + 1e9 * 0.0000133334);
});

test("duration and init are billed together, rounded up once", () => {
  assert.equal(billedMs(133.61, 80), 214);
  assert.equal(billedMs(600_000, 476.75), 600_477);
  assert.equal(billedMs(2.9), 3);
  assert.equal(billedMs(3), 3);
  assert.equal(billedMs(0.1 + 0.2, 0.7), 1);
});

test("a region outside the default sheet has its own prices", () => {
  const usage = { memoryMb: 1024, tmpMb: 1536, architecture: "x86_64", region: "af-south-1", billedMs: 1000 } as const;
  const cost = invocationCost(usage);
  assert.deepEqual([cost.requestsUsd, cost.durationUsd, cost.storageUsd], [0.00000027, 0.0000221, 0.0000000404]);
});

test("a region that nobody lists is priced as us-east-1", () => {
  assert.deepEqual(invocationCost({ ...shape, region: "toString", billedMs: 7 }), invocationCost({ ...shape, billedMs: 7 }));
});

test("an asynchronous event of 1 MiB is thirteen requests", () => {
  assert.deepEqual([0, 262_144, 262_145, 1_048_576].map(asyncRequests), [1, 1, 2, 13]);
});
