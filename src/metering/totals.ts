// What functions have done since this process began, for monitoring systems that read it again and again: they take differences themselves.
// Apart from the bill, which is in the store: this is gone with the process.

import { Histogram } from "../lib/histogram.ts";

/** Functions told apart; what comes later is counted together, or whoever makes functions could fill the monitoring's memory. */
export const FUNCTIONS_MAX = 200;
/** No function's name. */
export const OTHERS = { account: "", region: "", name: "(others)" } as const;

/** From a warm Rust function to the longest that is allowed. */
const DURATION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const INIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface NamedFunction {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface FunctionTotals {
  readonly of: NamedFunction;
  invocations: number;
  errors: number;
  throttles: number;
  inits: number;
  seconds: number;
  billedSeconds: number;
}

export class Totals {
  readonly durations = new Histogram(DURATION_SECONDS);
  readonly inits = new Histogram(INIT_SECONDS);
  readonly #functions = new Map<string, FunctionTotals>();
  /** A revision is one object for as long as it lives. */
  readonly #known = new WeakMap<NamedFunction, FunctionTotals>();

  invoked(
    of: NamedFunction,
    record: {
      readonly durationMs: number;
      readonly billedMs: number;
      readonly isFunctionError: boolean;
      readonly initMs?: number | undefined;
    },
  ): void {
    const totals = this.#of(of);
    const seconds = record.durationMs / 1_000;
    totals.invocations++;
    if (record.isFunctionError) totals.errors++;
    totals.seconds += seconds;
    totals.billedSeconds += record.billedMs / 1_000;
    this.durations.add(seconds);
    if (record.initMs !== undefined) this.initialised(of, record.initMs);
  }

  initialised(of: NamedFunction, durationMs: number): void {
    this.#of(of).inits++;
    this.inits.add(durationMs / 1_000);
  }

  throttled(of: NamedFunction): void {
    this.#of(of).throttles++;
  }

  functions(): Iterable<FunctionTotals> {
    return this.#functions.values();
  }

  #of(of: NamedFunction): FunctionTotals {
    const known = this.#known.get(of);
    if (known !== undefined) return known;
    const totals = this.#named(of);
    this.#known.set(of, totals);
    return totals;
  }

  #named(of: NamedFunction): FunctionTotals {
    const keyOf = ({ account, region, name }: NamedFunction) => `${account} ${region} ${name}`;
    const known = this.#functions.get(keyOf(of));
    if (known !== undefined) return known;
    const { account, region, name } = this.#functions.size < FUNCTIONS_MAX ? of : OTHERS;
    const others = this.#functions.get(keyOf({ account, region, name }));
    if (others !== undefined) return others;
    const totals = { of: { account, region, name }, invocations: 0, errors: 0, throttles: 0, inits: 0, seconds: 0, billedSeconds: 0 };
    this.#functions.set(keyOf(totals.of), totals);
    return totals;
  }
}
