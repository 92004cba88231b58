// Starts the meter: what runs is counted, gauges are read, and once a second all of it goes into the store.

import { readFileSync } from "node:fs";
import type { Config } from "../config.ts";
import type { FunctionVersion } from "../functions/version.ts";
import type { Invoker } from "../invoke/invoker.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { PlatformError } from "../lib/errors.ts";
import { budgetAlarms } from "../metering/budget.ts";
import { Costs } from "../metering/costs.ts";
import { Meter } from "../metering/meter.ts";
import { MeterFlush } from "../metering/meter-flush.ts";
import { ownSheet, parseOwnPrices } from "../metering/own-prices.ts";
import { type PriceSheet, pricesOf } from "../metering/prices.ts";
import { addWarmPeriods } from "../metering/usage.procs.ts";
import { type Kept, WarmPeriods } from "../metering/warm-periods.ts";
import type { Operator } from "../operator.ts";
import type { QueuePlace } from "../queues/sqs-queue.ts";
import { measureLoad } from "./load.ts";
import type { OnEnd, State } from "./parts.ts";

const BUDGET_LOOK_MS = 60_000;

export interface Metering {
  readonly meter: Meter;
  readonly costs: Costs;
  readonly sheet: PriceSheet;
  /** Of SQS, to a queue. */
  readonly countRequests: (queue: QueuePlace & { readonly isFifo: boolean }, requests: number) => void;
  /** What was counted until now is in the store once it resolves. */
  flush(): Promise<void>;
  /** From when on gauges are read. */
  follow(invoker: Invoker): void;
}

/** To be called before what is metered is started: it then ends after it. */
export function startMetering(config: Config, operator: Operator, onEnd: OnEnd, state: State): Metering {
  const { store, catalogue } = state;
  const { database, nodeId } = store;
  const meter = new Meter();
  const warm = new WarmPeriods();
  let invoker: Invoker | undefined;
  const flush = new MeterFlush({
    meter,
    database,
    nodeId,
    clock,
    hasProvisioned: ({ functionId, version }) => invoker?.provisioned(functionId, version) !== undefined,
    sample: () => {
      if (invoker !== undefined) measureLoad(meter, invoker, catalogue, clock.nowMs());
    },
    beside: async () => {
      const periods = warm.due(keptWarm(state), clock.nowMs());
      if (periods.length > 0) await database.run(addWarmPeriods, { periods });
    },
    onError: (error) => operator.warn("Usage and metrics could not be written; they are kept and tried again", error),
  });
  onEnd(() => flush.close());
  const countRequests: Metering["countRequests"] = ({ account, region, name, isFifo }, requests) => {
    meter.use({ account, region, kind: isFifo ? "sqsFifoRequests" : "sqsRequests", resource: name }, requests, clock.nowMs());
  };
  state.queues.countRequests(countRequests);
  state.logging.buffer.countBytes(({ account, region, group: resource }, bytes) => {
    meter.use({ account, region, kind: "logBytes", resource }, bytes, clock.nowMs());
  });
  const sheet = config.pricesFile === undefined ? pricesOf : ownSheet(ownPricesIn(config.pricesFile));
  const costs = new Costs({ database, clock, sheet, flush: () => flush.flush() });
  if (config.budgetUsd !== undefined) watchBudget(config.budgetUsd, costs, operator, onEnd);
  return {
    meter,
    costs,
    sheet,
    countRequests,
    flush: () => flush.flush(),
    follow: (started) => {
      invoker = started;
    },
  };
}

function* provisionedVersions({
  catalogue,
}: State): Iterable<{ readonly version: FunctionVersion; readonly count: number; readonly sinceMs: number }> {
  for (const { concurrency, aliases, running } of catalogue.functions()) {
    for (const [qualifier, { requested, modifiedMs }] of concurrency.provisioned) {
      const version = running.get(aliases.get(qualifier)?.version ?? qualifier);
      if (version !== undefined) yield { version, count: requested, sinceMs: modifiedMs };
    }
  }
}

function keptWarm(state: State): readonly Kept[] {
  return [...provisionedVersions(state)].map(({ version, count, sinceMs }) => {
    const { functionId, memoryMb, architecture } = version;
    return { functionId, version: version.version, memoryMb, architecture, environments: count, sinceMs };
  });
}

function ownPricesIn(file: string) {
  try {
    return parseOwnPrices(readFileSync(file, "utf8"));
  } catch (error) {
    throw new PlatformError("bad-setting", `--prices names ${file}, which cannot be used: ${(error as Error).message}.`, { cause: error });
  }
}

/** Each alarm is told once a month and start. */
function watchBudget(budgetUsd: number, costs: Costs, operator: Operator, onEnd: OnEnd): void {
  const told = new Set<string>();
  const look = async () => {
    const month = await costs.month(undefined, { freeTier: false });
    for (const alarm of budgetAlarms(budgetUsd, month)) {
      const key = `${alarm.month} ${alarm.level}`;
      if (!told.has(key)) operator.note(alarm.sentence);
      told.add(key);
    }
  };
  const start = () => void look().catch((error: unknown) => operator.warn("The budget could not be looked at", error));
  const timer = setInterval(start, BUDGET_LOOK_MS).unref();
  start();
  onEnd(async () => clearInterval(timer));
}
