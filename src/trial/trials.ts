// Trials of a function: cold and warm invocations at a memory size of one's choice, in environments of their own, which end afterwards. The
// function itself, its configuration, its warm environments and its bill stay as they are; its concurrency is used.

import type { FunctionVersion, Resolved } from "../functions/version.ts";
import type { Invoker } from "../invoke/invoker.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { PriceSheet } from "../metering/prices.ts";
import { type Measured, type Measurement, measurementOf, triedOf } from "./measured.ts";
import { takeSample } from "./sample.ts";
import { summaryOf } from "./summary.ts";

export interface TrialWish {
  readonly payload: Uint8Array;
  /** undefined: as configured. */
  readonly memoryMb: number | undefined;
  /** Cold starts, each in a new environment. */
  readonly cold: number;
  /** Warm invocations that do not count, in front of those that do. */
  readonly warmUp: number;
  /** Warm invocations: at least so many … */
  readonly warmMin: number;
  /** … and at most so many, until the mean is known to within `precision` of itself. */
  readonly warmMax: number;
  readonly precision: number;
}

export interface TrialParts {
  readonly invoker: Pick<Invoker, "invoke" | "changed">;
  readonly random: Random;
  readonly sheet: PriceSheet;
}

export class Trials {
  readonly #parts: TrialParts;
  /** One trial of a version at a time: the end of one ends the environments of all. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  /** Throws ServiceError where the function is throttled, or where it fails: a price of failures is of no use. */
  run(resolved: Resolved, wish: TrialWish): Promise<Measured> {
    const key = `${resolved.version.functionId} ${resolved.version.version}`;
    const before = this.#queues.get(key) ?? Promise.resolve();
    const work = before.catch(() => {}).then(() => this.#run(resolved, wish));
    this.#queues.set(key, work);
    const forget = () => {
      if (this.#queues.get(key) === work) this.#queues.delete(key);
    };
    work.then(forget, forget);
    return work;
  }

  async #run({ version, invokedArn }: Resolved, wish: TrialWish): Promise<Measured> {
    const own = () => ({ ...version, memoryMb: wish.memoryMb ?? version.memoryMb, revisionId: this.#parts.random.uuid() });
    try {
      const cold: Measurement[] = [];
      for (let left = wish.cold; left > 0; left--) cold.push(await this.#sample(own(), invokedArn, wish));
      const kept = own();
      for (let left = wish.warmUp + 1; left > 0; left--) await this.#sample(kept, invokedArn, wish);
      const warm: Measurement[] = [];
      while (warm.length < wish.warmMax && !isEnough(warm, wish)) warm.push(await this.#sample(kept, invokedArn, wish));
      return { ...triedOf(kept), cold, warm };
    } finally {
      this.#parts.invoker.changed(version.functionId, version.version, version); // others than this revision end
    }
  }

  async #sample(version: FunctionVersion, invokedArn: string, { payload }: TrialWish): Promise<Measurement> {
    const { invoker, random, sheet } = this.#parts;
    const sample = await takeSample(invoker, { requestId: random.uuid(), version, invokedArn, payload, tail: false }, sheet);
    if (!sample.isError) return measurementOf(sample);
    const said = Buffer.from(sample.result.payload).toString().slice(0, 500);
    throw new ServiceError("FunctionFailed", 400, `${version.name} fails with that payload at ${version.memoryMb} MB: ${said}`);
  }
}

function isEnough(warm: readonly Measurement[], { warmMin, precision }: TrialWish): boolean {
  if (warm.length < warmMin) return false;
  const { mean, marginOfError } = summaryOf(warm.map(({ durationMs }) => durationMs));
  return marginOfError !== undefined && marginOfError <= mean * precision;
}
