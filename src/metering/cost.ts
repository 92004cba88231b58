// What invocations cost by AWS's price list: pure arithmetic on prices.ts. Who counts the usage is not known here.

import { type Architecture, freeStreamedBytes, freeTier, freeTmpMb, type PriceSheet, pricesOf, streaming, type Tier } from "./prices.ts";

/** What the price of running depends on. */
export interface Shape {
  readonly memoryMb: number;
  /** Ephemeral storage; the first 512 MB cost nothing. */
  readonly tmpMb: number;
  readonly architecture: Architecture;
  readonly region: string;
}

export interface Cost {
  readonly requestsUsd: number;
  readonly durationUsd: number;
  readonly storageUsd: number;
  readonly totalUsd: number;
}

const MB_PER_GB = 1024;
export const BYTES_PER_GB = 1024 ** 3;

/** The milliseconds that are billed: duration and, on a cold start, init together, rounded up (init is billed since 2025-08-01). */
export function billedMs(durationMs: number, initMs = 0): number {
  // Durations are measured in microseconds: anything finer is noise of the addition and must not cost a millisecond.
  return Math.ceil(Math.round((durationMs + initMs) * 1000) / 1000);
}

/** One invocation at the first tier's price and without the free tier: its share of the bill of an account that is past it. */
export function invocationCost(usage: Shape & { readonly billedMs: number }, sheet: PriceSheet = pricesOf): Cost {
  const prices = sheet(usage.region);
  const seconds = usage.billedMs / 1000;
  return sum(
    prices.usdPerRequest,
    gbSeconds(usage.memoryMb, seconds) * prices.duration[usage.architecture][0]!.usdPerGbSecond,
    storageGbSeconds(usage.tmpMb, seconds) * prices.storageUsdPerGbSecond,
  );
}

/** What one invocation that is over has used. */
export interface CallUsage extends Shape {
  readonly billedMs: number;
  readonly streamedBytes: number;
  /** It ran in an environment that is kept warm, which is paid for apart. */
  readonly isProvisioned: boolean;
}

/** All that the bill will have for it, at the first tier's price and without the free tier. */
export function callUsd(usage: CallUsage, sheet: PriceSheet): number {
  const prices = sheet(usage.region);
  const { requestsUsd, durationUsd, storageUsd } = invocationCost(usage, sheet);
  const { durationUsdPerGbSecond } = prices.provisioned[usage.architecture];
  const warmUsd = gbSeconds(usage.memoryMb, usage.billedMs / 1000) * durationUsdPerGbSecond;
  const streamedGb = paidStreamedBytes(usage.streamedBytes) / BYTES_PER_GB;
  return requestsUsd + (usage.isProvisioned ? warmUsd : durationUsd) + storageUsd + streamedGb * prices.streamingUsdPerGb;
}

/** A million invocations of the same billed duration. */
export function costPerMillion(usage: Shape & { readonly billedMs: number }, sheet: PriceSheet = pricesOf): Cost {
  const one = invocationCost(usage, sheet);
  return sum(one.requestsUsd * 1e6, one.durationUsd * 1e6, one.storageUsd * 1e6);
}

/** A month of one function, alone in its account. */
export interface Month extends Shape {
  readonly requests: number;
  /** Sum of billed seconds of all invocations. */
  readonly billedSeconds: number;
  /** False for functions with provisioned concurrency, to which AWS grants no free tier, and for accounts that have used it up. */
  readonly freeTier: boolean;
}

/** The month's bill by tiers. */
export function monthlyCost(month: Month): Cost {
  const prices = pricesOf(month.region);
  const free = month.freeTier ? freeTier : { requestsPerMonth: 0, gbSecondsPerMonth: 0 };
  const billable = Math.max(0, gbSeconds(month.memoryMb, month.billedSeconds) - free.gbSecondsPerMonth);
  return sum(
    Math.max(0, month.requests - free.requestsPerMonth) * prices.usdPerRequest,
    tiered(billable, prices.duration[month.architecture]),
    storageGbSeconds(month.tmpMb, month.billedSeconds) * prices.storageUsdPerGbSecond,
  );
}

/** Provisioned concurrency kept warm: `environments` for `seconds`, which AWS rounds up to five minutes. */
export function warmCost(kept: Omit<Shape, "tmpMb"> & { readonly environments: number; readonly seconds: number }): number {
  const FIVE_MINUTES = 300;
  const seconds = Math.ceil(kept.seconds / FIVE_MINUTES) * FIVE_MINUTES;
  return gbSeconds(kept.memoryMb, seconds) * kept.environments * pricesOf(kept.region).provisioned[kept.architecture].warmUsdPerGbSecond;
}

/** Duration spent in provisioned environments. */
export function provisionedDurationCost(usage: Omit<Shape, "tmpMb"> & { readonly billedSeconds: number }): number {
  return gbSeconds(usage.memoryMb, usage.billedSeconds) * pricesOf(usage.region).provisioned[usage.architecture].durationUsdPerGbSecond;
}

/** Streamed response bytes of a month. `freeTier`: 100 GB a month on top of the free 6 MB of every response. */
export function streamingCost(streamed: { readonly responses: number; readonly mbEach: number; readonly freeTier: boolean }): number {
  const billedMb = Math.max(0, streamed.mbEach - streaming.freeMbPerResponse) * streamed.responses;
  const freeGb = streamed.freeTier ? freeTier.streamedGbPerMonth : 0;
  return Math.max(0, billedMb / MB_PER_GB - freeGb) * streaming.usdPerGb;
}

/** What of one streamed response is paid for. */
export function paidStreamedBytes(bytes: number): number {
  return Math.max(0, bytes - freeStreamedBytes);
}

/** How many requests one asynchronous event is billed as: one up to 256 KB, then one per further 64 KB begun. */
export function asyncRequests(payloadBytes: number): number {
  return 1 + Math.ceil(Math.max(0, payloadBytes - 262_144) / 65_536);
}

/** A GB is 1,024 MB. */
export function gbSeconds(memoryMb: number, seconds: number): number {
  return (memoryMb / MB_PER_GB) * seconds;
}

/** What of the ephemeral storage is paid for. */
export function storageGbSeconds(tmpMb: number, seconds: number): number {
  return (Math.max(0, tmpMb - freeTmpMb) / MB_PER_GB) * seconds;
}

/** The price of an amount by tiers. */
export function tiered(amount: number, tiers: readonly Tier[]): number {
  return tiers.reduce((usd, tier, i) => {
    const end = tiers[i + 1]?.fromGbSeconds ?? Number.POSITIVE_INFINITY;
    return usd + Math.max(0, Math.min(amount, end) - tier.fromGbSeconds) * tier.usdPerGbSecond;
  }, 0);
}

function sum(requestsUsd: number, durationUsd: number, storageUsd: number): Cost {
  return { requestsUsd, durationUsd, storageUsd, totalUsd: requestsUsd + durationUsd + storageUsd };
}
