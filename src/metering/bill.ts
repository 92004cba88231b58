// From what was used to what it costs: one item for each function version, queue or log group, span and kind of use, at the first tier's price.
// Everything that is shown of costs is a sum of items.

import { BYTES_PER_GB, gbSeconds, storageGbSeconds, tiered } from "./cost.ts";
import { freeTier, type PriceSheet, type ServiceKind } from "./prices.ts";
import type { ServiceSum } from "./service-usage.procs.ts";
import type { UsageSum, WarmSum } from "./usage.procs.ts";

/** What one pays for. */
export type FunctionKind = "requests" | "duration" | "provisionedDuration" | "warm" | "storage" | "streaming";
export type UsageKind = FunctionKind | ServiceKind;

export interface BillItem {
  readonly startMs: number;
  readonly account: string;
  readonly region: string;
  /** Name of a function, a queue or a log group. */
  readonly resource: string;
  /** undefined: it is no function's. */
  readonly version: VersionShape | undefined;
  readonly kind: UsageKind;
  /** Requests, GB-seconds or GB. */
  readonly quantity: number;
  readonly usd: number;
}

export interface VersionShape {
  readonly name: string;
  readonly memoryMb: number;
  readonly architecture: "x86_64" | "arm64";
}

export interface Used {
  readonly usage: readonly UsageSum[];
  readonly warm: readonly WarmSum[];
  readonly services: readonly ServiceSum[];
}

/** Whose bill it is on, as `lambent cost --by service` names it. */
export function serviceOf(kind: UsageKind): "lambda" | "sqs" | "logs" {
  if (kind === "sqsRequests" || kind === "sqsFifoRequests") return "sqs";
  return kind === "logBytes" || kind === "logByteHours" ? "logs" : "lambda";
}

/** As AWS's examples have it. */
const HOURS_PER_MONTH = 730;
/** Of what is counted, in what is paid for: GB, and GB kept for a month. */
const UNITS: Partial<Record<ServiceKind, number>> = { logBytes: BYTES_PER_GB, logByteHours: BYTES_PER_GB * HOURS_PER_MONTH };

export function billItems(used: Used, sheet: PriceSheet): BillItem[] {
  return [
    ...used.usage.flatMap((row) => usageItems(row, sheet)),
    ...used.warm.map((row) => warmItem(row, sheet)),
    ...used.services.map((row) => serviceItem(row, sheet)),
  ];
}

function serviceItem({ start_ms: startMs, account, region, kind, resource, quantity: used }: ServiceSum, sheet: PriceSheet): BillItem {
  const quantity = used / (UNITS[kind] ?? 1);
  return { startMs, account, region, resource, version: undefined, kind, quantity, usd: quantity * sheet(region).services[kind] };
}

function usageItems(row: UsageSum, sheet: PriceSheet): BillItem[] {
  const prices = sheet(row.region);
  const isProvisioned = row.is_provisioned === 1;
  const seconds = row.billed_ms / 1_000;
  const ran = gbSeconds(row.memory_mb, seconds);
  const running = isProvisioned
    ? prices.provisioned[row.architecture].durationUsdPerGbSecond
    : prices.duration[row.architecture][0]!.usdPerGbSecond;
  const item = (kind: FunctionKind, quantity: number, price: number): BillItem => ({
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
    resource: row.name,
    version: { name: row.version, memoryMb: row.memory_mb, architecture: row.architecture },
  };
}

/**
 * What an account is charged for the items of one month, by tiers: each architecture in each region has its own.
 * AWS: in which order the free tier is used up is not documented; here it takes the same share of everything.
 */
export function chargedUsd(items: readonly BillItem[], sheet: PriceSheet, options: { readonly freeTier: boolean }): number {
  const paidShare = (kinds: readonly UsageKind[], free: number) => {
    const all = items.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { quantity }) => sum + quantity, 0);
    return options.freeTier && all > 0 ? Math.max(0, all - free) / all : 1;
  };
  const sqsRequests = paidShare(["sqsRequests", "sqsFifoRequests"], freeTier.sqsRequestsPerMonth);
  const logs = paidShare(["logBytes", "logByteHours"], freeTier.logGbPerMonth);
  const share: Partial<Record<UsageKind, number>> = {
    requests: paidShare(["requests"], freeTier.requestsPerMonth),
    duration: paidShare(["duration"], freeTier.gbSecondsPerMonth),
    streaming: paidShare(["streaming"], freeTier.streamedGbPerMonth),
    logBytes: logs,
    logByteHours: logs,
    sqsRequests,
    sqsFifoRequests: sqsRequests,
  };
  const others = items.filter(({ kind }) => kind !== "duration").reduce((sum, { kind, usd }) => sum + usd * (share[kind] ?? 1), 0);
  const durations = Map.groupBy(
    items.filter(({ kind }) => kind === "duration"),
    ({ region, version }) => `${region} ${version?.architecture}`,
  );
  return [...durations.values()].reduce((sum, group) => {
    const { region, version } = group[0]!;
    const quantity = group.reduce((total, item) => total + item.quantity, 0);
    return sum + tiered(quantity * (share.duration ?? 1), sheet(region).duration[version!.architecture]);
  }, others);
}
