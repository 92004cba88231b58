// From what was used to what it costs: one item for each function version, span and kind of use, at the first tier's price. Everything that is
// shown of costs is a sum of items.

import { gbSeconds, storageGbSeconds, tiered } from "./cost.ts";
import { freeTier, type PriceSheet } from "./prices.ts";
import type { UsageSum, WarmSum } from "./usage.procs.ts";

/** What one pays for. */
export type UsageKind = "requests" | "duration" | "provisionedDuration" | "warm" | "storage" | "streaming";

export interface BillItem {
  readonly startMs: number;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly memoryMb: number;
  readonly architecture: "x86_64" | "arm64";
  readonly kind: UsageKind;
  /** Requests, GB-seconds or GB. */
  readonly quantity: number;
  readonly usd: number;
}

const BYTES_PER_GB = 1024 ** 3;

export function billItems(used: { readonly usage: readonly UsageSum[]; readonly warm: readonly WarmSum[] }, sheet: PriceSheet): BillItem[] {
  return [...used.usage.flatMap((row) => usageItems(row, sheet)), ...used.warm.map((row) => warmItem(row, sheet))];
}

function usageItems(row: UsageSum, sheet: PriceSheet): BillItem[] {
  const prices = sheet(row.region);
  const isProvisioned = row.is_provisioned === 1;
  const seconds = row.billed_ms / 1_000;
  const ran = gbSeconds(row.memory_mb, seconds);
  const running = isProvisioned
    ? prices.provisioned[row.architecture].durationUsdPerGbSecond
    : prices.duration[row.architecture][0]!.usdPerGbSecond;
  const item = (kind: UsageKind, quantity: number, price: number): BillItem => ({
    ...placeOf(row),
    kind,
    quantity,
    usd: quantity * price,
  });
  return [
    item("requests", row.requests, prices.usdPerRequest),
    item(isProvisioned ? "provisionedDuration" : "duration", ran, running),
    item("storage", storageGbSeconds(row.tmp_mb, seconds), prices.storageUsdPerGbSecond),
    item("streaming", row.streamed_bytes / BYTES_PER_GB, prices.streamingUsdPerGb),
  ].filter(({ quantity }) => quantity > 0);
}

function warmItem(row: WarmSum, sheet: PriceSheet): BillItem {
  const quantity = gbSeconds(row.memory_mb, row.warm_seconds);
  return { ...placeOf(row), kind: "warm", quantity, usd: quantity * sheet(row.region).provisioned[row.architecture].warmUsdPerGbSecond };
}

function placeOf(row: UsageSum | WarmSum) {
  return {
    startMs: row.start_ms,
    account: row.account,
    region: row.region,
    functionName: row.name,
    version: row.version,
    memoryMb: row.memory_mb,
    architecture: row.architecture,
  };
}

/**
 * What an account is charged for the items of one month, by tiers: each architecture in each region has its own.
 * AWS: in which order the free tier is used up is not documented; here it takes the same share of everything.
 */
export function chargedUsd(items: readonly BillItem[], sheet: PriceSheet, options: { readonly freeTier: boolean }): number {
  const sumOf = (kind: UsageKind) => items.filter((item) => item.kind === kind).reduce((sum, { quantity }) => sum + quantity, 0);
  const paidShare = (kind: UsageKind, free: number) => {
    const all = sumOf(kind);
    return options.freeTier && all > 0 ? Math.max(0, all - free) / all : 1;
  };
  const share: Partial<Record<UsageKind, number>> = {
    requests: paidShare("requests", freeTier.requestsPerMonth),
    duration: paidShare("duration", freeTier.gbSecondsPerMonth),
    streaming: paidShare("streaming", freeTier.streamedGbPerMonth),
  };
  const others = items.filter(({ kind }) => kind !== "duration").reduce((sum, { kind, usd }) => sum + usd * (share[kind] ?? 1), 0);
  const durations = Map.groupBy(
    items.filter(({ kind }) => kind === "duration"),
    ({ region, architecture }) => `${region} ${architecture}`,
  );
  return [...durations.values()].reduce((sum, group) => {
    const { region, architecture } = group[0]!;
    const quantity = group.reduce((total, item) => total + item.quantity, 0);
    return sum + tiered(quantity * (share.duration ?? 1), sheet(region).duration[architecture]);
  }, others);
}
