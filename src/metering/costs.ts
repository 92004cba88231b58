// Costs of this server's functions as one object: grouped for a report, and the month with what it will come to.

import type { Clock } from "../lib/clock.ts";
import type { Database } from "../store/database.ts";
import { type BillItem, billItems, chargedUsd, serviceOf, type UsageKind } from "./bill.ts";
import { growthUntilEnd, monthOf, recentSince } from "./month.ts";
import type { PriceSheet } from "./prices.ts";
import { firstUse, readUsage, type UsageSum, WHOLE_PERIOD } from "./usage.procs.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export const groupings = [
  "function",
  "service",
  "resource",
  "version",
  "day",
  "hour",
  "memory",
  "architecture",
  "region",
  "account",
] as const;
export type Grouping = (typeof groupings)[number];

export interface Period {
  /** undefined: all accounts. */
  readonly account: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CostGroup {
  readonly keys: Readonly<Partial<Record<Grouping, string>>>;
  readonly requests: number;
  readonly invocations: number;
  readonly errors: number;
  readonly inits: number;
  readonly billedMs: number;
  readonly usd: Readonly<Partial<Record<UsageKind, number>>>;
  readonly totalUsd: number;
}

export interface MonthCost {
  readonly startMs: number;
  readonly endMs: number;
  /** By tiers, and without what is free where that was asked for. */
  readonly soFarUsd: number;
  readonly projectedUsd: number;
}

export interface CostParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly sheet: PriceSheet;
  /** What was counted until now is in the store once it resolves. */
  readonly flush: () => Promise<void>;
}

export class Costs {
  readonly #parts: CostParts;

  constructor(parts: CostParts) {
    this.#parts = parts;
  }

  /** Spans of an hour, a day, or WHOLE_PERIOD. */
  async items(period: Period, stepMs: number): Promise<readonly BillItem[]> {
    return billItems(await this.#used(period, stepMs), this.#parts.sheet);
  }

  /** The most expensive first, or in order of time where days or hours are asked for. */
  async groups(period: Period, by: readonly Grouping[]): Promise<readonly CostGroup[]> {
    const used = await this.#used(period, by.includes("hour") ? HOUR_MS : by.includes("day") ? DAY_MS : WHOLE_PERIOD);
    const groups = new Map<string, Sum>();
    const sumOf = (keys: CostGroup["keys"]) => {
      const text = JSON.stringify(keys);
      const known = groups.get(text) ?? new Sum(keys);
      groups.set(text, known);
      return known;
    };
    for (const row of used.usage) sumOf(keysOf(keyedUsage(row), by)).addUsage(row);
    for (const item of billItems(used, this.#parts.sheet)) sumOf(keysOf(item, by)).addItem(item);
    const byTime = by.includes("day") || by.includes("hour");
    const time = (one: Sum) => one.keys.hour ?? one.keys.day ?? "";
    return [...groups.values()].sort((a, b) => (byTime && time(a) !== time(b) ? (time(a) < time(b) ? -1 : 1) : b.totalUsd - a.totalUsd));
  }

  async month(account: string | undefined, options: { readonly freeTier: boolean }): Promise<MonthCost> {
    const nowMs = this.#parts.clock.nowMs();
    const month = monthOf(nowMs);
    // By function, not by hour: of a thousand functions a month of hours is a million items.
    const items = await this.items({ account, fromMs: month.startMs, toMs: nowMs + HOUR_MS }, WHOLE_PERIOD);
    const growth = growthUntilEnd({ soFarUsd: usdOf(items), ...(await this.#recent(account, month.startMs, nowMs)) }, month, nowMs);
    const grown = items.map((item) => ({ ...item, quantity: item.quantity * growth, usd: item.usd * growth }));
    const { sheet } = this.#parts;
    return { ...month, soFarUsd: chargedUsd(items, sheet, options), projectedUsd: chargedUsd(grown, sheet, options) };
  }

  async #recent(account: string | undefined, startMs: number, nowMs: number) {
    const toMs = nowMs + HOUR_MS;
    const firstMs = await this.#parts.database.read(firstUse, { account, fromMs: startMs, toMs });
    const sinceMs = recentSince(firstMs ?? nowMs, nowMs);
    return { sinceMs, recentUsd: usdOf(await this.items({ account, fromMs: sinceMs, toMs }, WHOLE_PERIOD)) };
  }

  async #used(period: Period, stepMs: number) {
    await this.#parts.flush();
    return this.#parts.database.read(readUsage, { ...period, stepMs });
  }
}

function usdOf(items: readonly BillItem[]): number {
  return items.reduce((sum, { usd }) => sum + usd, 0);
}

class Sum implements CostGroup {
  readonly keys: CostGroup["keys"];
  readonly usd: Partial<Record<UsageKind, number>> = {};
  requests = 0;
  invocations = 0;
  errors = 0;
  inits = 0;
  billedMs = 0;
  totalUsd = 0;

  constructor(keys: CostGroup["keys"]) {
    this.keys = keys;
  }

  addUsage(row: UsageSum): void {
    this.requests += row.requests;
    this.invocations += row.invocations;
    this.errors += row.errors;
    this.inits += row.inits;
    this.billedMs += row.billed_ms;
  }

  addItem({ kind, usd }: BillItem): void {
    this.usd[kind] = (this.usd[kind] ?? 0) + usd;
    this.totalUsd += usd;
  }
}

type Keyed = Pick<BillItem, "startMs" | "account" | "region" | "resource" | "version" | "kind">;

function keyedUsage({
  start_ms: startMs,
  account,
  region,
  name: resource,
  version: name,
  memory_mb: memoryMb,
  architecture,
}: UsageSum): Keyed {
  return { startMs, account, region, resource, version: { name, memoryMb, architecture }, kind: "requests" };
}

const KEY_OF: Readonly<Record<Grouping, (of: Keyed) => string>> = {
  function: ({ version, resource }) => (version === undefined ? "" : resource),
  service: ({ kind }) => serviceOf(kind),
  resource: ({ resource }) => resource,
  version: ({ version }) => version?.name ?? "",
  day: ({ startMs }) => new Date(startMs).toISOString().slice(0, 10),
  hour: ({ startMs }) => new Date(startMs).toISOString().slice(0, 13),
  memory: ({ version }) => `${version?.memoryMb ?? ""}`,
  architecture: ({ version }) => version?.architecture ?? "",
  region: ({ region }) => region,
  account: ({ account }) => account,
};

function keysOf(of: Keyed, by: readonly Grouping[]): CostGroup["keys"] {
  return Object.fromEntries(by.map((grouping) => [grouping, KEY_OF[grouping](of)]));
}
