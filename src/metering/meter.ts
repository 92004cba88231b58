// What runs is counted here, in memory: a few additions for an invocation, which is all that the path of an invocation pays. meter-flush.ts
// empties it into the store once a second.

import { bucketOf } from "./buckets.ts";
import { paidStreamedBytes } from "./cost.ts";
import { dimensionsOf, type LambdaMetric, lambdaSeries, type MeteredFunction, type MetricPlace, SeriesFamily } from "./lambda-series.ts";
import { MetricBatch, type MetricRows, MINUTE_MS } from "./metric-batch.ts";
import type { Architecture } from "./prices.ts";
import type { ServiceRow, ServiceUse } from "./service-usage.procs.ts";
import { Totals } from "./totals.ts";
import type { UsageRow } from "./usage.procs.ts";

/** A version that runs: one object for as long as its revision lives, or counting costs more. */
export interface MeteredVersion extends MeteredFunction {
  readonly functionId: number;
  readonly version: string;
  readonly memoryMb: number;
  readonly tmpMb: number;
  readonly architecture: Architecture;
}

export interface MeteredInvocation {
  readonly version: MeteredVersion;
  readonly invokedArn: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly initMs?: number | undefined;
  readonly endedAtMs: number;
  readonly isFunctionError: boolean;
  /** Of a streamed response, 0 of others. */
  readonly streamedBytes: number;
  readonly extensionsMs?: number | undefined;
}

export interface Drained {
  readonly usage: readonly UsageRow[];
  readonly metrics: MetricRows;
  readonly services: readonly ServiceRow[];
}

/** Of one way to call one revision, in one minute. */
class Counter {
  readonly version: MeteredVersion;
  readonly invokedArn: string;
  readonly isProvisioned: boolean;
  /** Minutes since 1970. */
  readonly minute: number;
  invocations = 0;
  errors = 0;
  throttles = 0;
  inits = 0;
  billedMs = 0;
  streamedBytes = 0;
  extraRequests = 0;
  durationMs = 0;
  shortestMs = Number.POSITIVE_INFINITY;
  longestMs = 0;
  readonly buckets = new Map<number, number>();
  /** Of those in environments with extensions: how long these worked beyond the runtime. */
  readonly extensions = { samples: 0, total: 0, lowest: Number.POSITIVE_INFINITY, highest: 0 };

  constructor(version: MeteredVersion, invokedArn: string, isProvisioned: boolean, minute: number) {
    this.version = version;
    this.invokedArn = invokedArn;
    this.isProvisioned = isProvisioned;
    this.minute = minute;
  }

  add({ durationMs, billedMs, initMs, isFunctionError, streamedBytes, extensionsMs }: MeteredInvocation): void {
    if (extensionsMs !== undefined) this.#addExtensions(extensionsMs);
    this.invocations++;
    if (isFunctionError) this.errors++;
    if (initMs !== undefined) this.inits++;
    this.billedMs += billedMs;
    this.streamedBytes += paidStreamedBytes(streamedBytes);
    this.durationMs += durationMs;
    if (durationMs < this.shortestMs) this.shortestMs = durationMs;
    if (durationMs > this.longestMs) this.longestMs = durationMs;
    const bucket = bucketOf(durationMs);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
  }

  #addExtensions(durationMs: number): void {
    this.extensions.samples++;
    this.extensions.total += durationMs;
    this.extensions.lowest = Math.min(this.extensions.lowest, durationMs);
    this.extensions.highest = Math.max(this.extensions.highest, durationMs);
  }
}

export class Meter {
  readonly totals = new Totals();
  #counters = new Map<MeteredVersion, Counter[]>();
  #metrics = new MetricBatch();
  #services = new Map<string, ServiceRow & { quantity: number }>();
  readonly #families = new WeakMap<MeteredVersion, Map<string, SeriesFamily>>();

  /** At its end; it is counted in the minute of its start, as AWS does. */
  add(record: MeteredInvocation, isProvisioned: boolean): void {
    this.totals.invoked(record.version, record);
    const minute = Math.floor((record.endedAtMs - record.durationMs) / MINUTE_MS);
    this.#counterOf(record.version, record.invokedArn, isProvisioned, minute).add(record);
  }

  throttled(version: MeteredVersion, invokedArn: string, atMs: number): void {
    this.totals.throttled(version);
    this.#counterOf(version, invokedArn, false, Math.floor(atMs / MINUTE_MS)).throttles++;
  }

  /** What an attempt of an asynchronous event is billed beyond one request. */
  extraRequests(version: MeteredVersion, invokedArn: string, atMs: number, requests: number): void {
    if (requests > 0) this.#counterOf(version, invokedArn, false, Math.floor(atMs / MINUTE_MS)).extraRequests += requests;
  }

  /** Init of a provisioned environment: billed, and no invocation tells of it. */
  initialised(version: MeteredVersion, invokedArn: string, atMs: number, durationMs: number): void {
    this.totals.initialised(version, durationMs);
    const counter = this.#counterOf(version, invokedArn, true, Math.floor(atMs / MINUTE_MS));
    counter.inits++;
    counter.billedMs += Math.ceil(durationMs);
  }

  /** Something beside functions was used: `quantity` requests or bytes. */
  use(of: ServiceUse, quantity: number, atMs: number): void {
    const minute = atMs - (atMs % MINUTE_MS);
    const key = `${minute} ${of.account} ${of.region} ${of.kind} ${of.resource}`;
    const known = this.#services.get(key);
    if (known !== undefined) known.quantity += quantity;
    else this.#services.set(key, { ...of, minute, quantity });
  }

  /** One value of the region as a whole. */
  measure(of: MetricPlace, metric: LambdaMetric, value: number, atMs: number): void {
    this.#metrics.addValue(lambdaSeries(of, metric, []), atMs, value);
  }

  /** One value of the function alone. */
  measureOf(of: MeteredFunction, metric: LambdaMetric, value: number, atMs: number): void {
    this.#metrics.addValue(lambdaSeries(of, metric, [["FunctionName", of.name]]), atMs, value);
  }

  /** One value of an event source mapping. */
  measureMapping(of: MetricPlace, uuid: string, metric: LambdaMetric, value: number, atMs: number): void {
    this.#metrics.addValue(lambdaSeries(of, metric, [["EventSourceMappingUUID", uuid]]), atMs, value);
  }

  /** All since the last time. `hasProvisioned`: whether an invocation on demand of that version has spilled over. */
  drain(hasProvisioned: (version: MeteredVersion) => boolean): Drained {
    const counters = [...this.#counters.values()].flat();
    const batch = this.#metrics;
    this.#counters = new Map();
    this.#metrics = new MetricBatch();
    const usage = new Map<string, UsageRow>();
    for (const counter of counters) {
      addUsage(usage, counter);
      this.#addMetrics(batch, counter, hasProvisioned(counter.version));
    }
    const services = [...this.#services.values()];
    this.#services = new Map();
    return { usage: [...usage.values()], metrics: batch.rows(), services };
  }

  #counterOf(version: MeteredVersion, invokedArn: string, isProvisioned: boolean, minute: number): Counter {
    const counters = this.#counters.get(version) ?? [];
    for (const counter of counters) {
      if (counter.minute === minute && counter.isProvisioned === isProvisioned && counter.invokedArn === invokedArn) return counter;
    }
    const counter = new Counter(version, invokedArn, isProvisioned, minute);
    counters.push(counter);
    this.#counters.set(version, counters);
    return counter;
  }

  #addMetrics(batch: MetricBatch, counter: Counter, hasProvisioned: boolean): void {
    const { invocations, errors, throttles } = counter;
    const atMs = counter.minute * MINUTE_MS;
    const family = this.#familyOf(counter);
    /** `yes` of `all` were 1, the others 0. */
    const addRatio = (metric: LambdaMetric, yes: number, all: number) => {
      const statistics = { samples: all, total: yes, lowest: yes === all ? 1 : 0, highest: yes > 0 ? 1 : 0 };
      if (all > 0) for (const series of family.of(metric)) batch.add(series, atMs, statistics);
    };
    addRatio("Invocations", invocations, invocations);
    addRatio("Errors", errors, invocations);
    addRatio("Throttles", throttles, invocations + throttles);
    if (hasProvisioned && counter.isProvisioned) addRatio("ProvisionedConcurrencyInvocations", invocations, invocations);
    else if (hasProvisioned) addRatio("ProvisionedConcurrencySpilloverInvocations", invocations, invocations);
    if (invocations === 0) return;
    const { durationMs, shortestMs, longestMs, buckets } = counter;
    const duration = { samples: invocations, total: durationMs, lowest: shortestMs, highest: longestMs };
    for (const series of family.of("Duration")) batch.add(series, atMs, duration, buckets);
    if (counter.extensions.samples === 0) return;
    for (const series of family.of("PostRuntimeExtensionsDuration")) batch.add(series, atMs, { ...counter.extensions });
  }

  #familyOf({ version, invokedArn }: Counter): SeriesFamily {
    const families = this.#families.get(version) ?? new Map<string, SeriesFamily>();
    this.#families.set(version, families);
    const family = families.get(invokedArn) ?? new SeriesFamily(version, dimensionsOf(version, invokedArn, version.version));
    families.set(invokedArn, family);
    return family;
  }
}

/** Revisions of one version, and the names that it is called by, are one row. */
function addUsage(rows: Map<string, UsageRow>, counter: Counter): void {
  const { functionId, version, memoryMb, tmpMb, architecture } = counter.version;
  const key = {
    minute: counter.minute * MINUTE_MS,
    functionId,
    version,
    memoryMb,
    tmpMb,
    architecture,
    isProvisioned: counter.isProvisioned,
  };
  const text = JSON.stringify(key);
  const before = rows.get(text);
  const row = {
    ...key,
    requests: (before?.requests ?? 0) + counter.invocations + counter.extraRequests,
    invocations: (before?.invocations ?? 0) + counter.invocations,
    errors: (before?.errors ?? 0) + counter.errors,
    inits: (before?.inits ?? 0) + counter.inits,
    billedMs: (before?.billedMs ?? 0) + counter.billedMs,
    streamedBytes: (before?.streamedBytes ?? 0) + counter.streamedBytes,
  };
  if (row.requests + row.billedMs + row.streamedBytes > 0) rows.set(text, row); // a throttled call costs nothing
}
