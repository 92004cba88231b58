// Empties the meter into the store once a second, and makes hours of what is old.
//
// Discipline: one flush is under way. One that failed is repeated as it is, under its number, before a newer one: the store counts it once even
// if it had arrived. A process that is killed loses what was counted since its last flush, in the customer's favour.

import type { Clock } from "../lib/clock.ts";
import { type Database, StoreError } from "../store/database.ts";
import type { Meter, MeteredVersion } from "./meter.ts";
import { rollUpMetrics } from "./metrics.procs.ts";
import { rollUpServiceUse } from "./service-usage.procs.ts";
import { type Flush, flushUsage, rollUpUsage } from "./usage.procs.ts";

const FLUSH_MS = 1_000;
const ROLL_UP_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** As AWS keeps metrics: minutes, then hours. */
const METRIC_MINUTES_MS = 15 * DAY_MS;
const METRIC_HOURS_MS = 455 * DAY_MS;
const USAGE_MINUTES_MS = 2 * DAY_MS;
const USAGE_HOURS_MS = 400 * DAY_MS;

export interface FlushParts {
  readonly meter: Meter;
  readonly database: Database;
  /** Drawn anew at every start. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly hasProvisioned: (version: MeteredVersion) => boolean;
  /** Called before each flush: gauges are measured. */
  readonly sample: () => void;
  /** Called after each flush: what else is written of usage. */
  readonly beside: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class MeterFlush {
  readonly #parts: FlushParts;
  readonly #timer: NodeJS.Timeout;
  #seq = 0;
  #pending: Flush | undefined;
  #working: Promise<void> | undefined;
  #hasFailed = false;
  /** On performance.now(): a clock that was set back must not put it off. */
  #rolledUpMs = Number.NEGATIVE_INFINITY;

  constructor(parts: FlushParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Resolves when what was counted before is in the store, or has failed and is tried again later. Never rejects. */
  flush(): Promise<void> {
    this.#working ??= this.#flush().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush(); // perhaps one that was under way
    await this.flush();
  }

  async #flush(): Promise<void> {
    try {
      if (this.#pending !== undefined) await this.#send(this.#pending);
      this.#pending = this.#take();
      if (this.#pending !== undefined) await this.#send(this.#pending);
      await this.#parts.beside();
      await this.#rollUp();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#parts.onError(error); // once for a row of failures
      this.#hasFailed = true;
      if (error instanceof StoreError && error.code === "bug") this.#pending = undefined;
    }
  }

  #take(): Flush | undefined {
    const { meter, nodeId, clock, hasProvisioned, sample } = this.#parts;
    sample();
    const drained = meter.drain(hasProvisioned);
    if (drained.usage.length + drained.metrics.rows.length + drained.services.length === 0) return undefined;
    this.#seq++;
    return { nodeId, seq: this.#seq, nowMs: clock.nowMs(), ...drained };
  }

  async #send(flush: Flush): Promise<void> {
    await this.#parts.database.run(flushUsage, flush);
    this.#pending = undefined;
  }

  async #rollUp(): Promise<void> {
    const { clock, database } = this.#parts;
    if (performance.now() - this.#rolledUpMs < ROLL_UP_MS) return;
    this.#rolledUpMs = performance.now();
    const nowMs = clock.nowMs();
    await database.run(rollUpMetrics, { hoursBeforeMs: nowMs - METRIC_MINUTES_MS, goneBeforeMs: nowMs - METRIC_HOURS_MS });
    const usage = { hoursBeforeMs: nowMs - USAGE_MINUTES_MS, goneBeforeMs: nowMs - USAGE_HOURS_MS };
    await database.run(rollUpUsage, usage);
    await database.run(rollUpServiceUse, usage);
  }
}
