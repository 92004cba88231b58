// What a trial has measured, sample by sample, and what follows from it.

import type { FunctionVersion } from "../functions/version.ts";
import type { Sample } from "./sample.ts";
import { type Summary, summaryOf } from "./summary.ts";

export type Measurement = Omit<Sample, "result" | "isError">;

/** What was tried. */
export interface Tried {
  readonly functionName: string;
  readonly version: string;
  readonly runtime: string;
  readonly architecture: string;
  readonly memoryMb: number;
}

export interface Measured extends Tried {
  /** First invocations, each in a new environment. */
  readonly cold: readonly Measurement[];
  /** At least one. */
  readonly warm: readonly Measurement[];
}

export interface Trial extends Tried {
  readonly initMs: Summary | undefined;
  readonly coldMs: Summary | undefined;
  readonly warmMs: Summary;
  readonly billedMs: Summary;
  readonly memoryPeakMb: number;
  readonly usdPerMillion: number;
  /** Half the width of its 95 % confidence interval. undefined: one invocation says nothing of it. */
  readonly usdPerMillionMargin: number | undefined;
  readonly usdPerColdStart: number | undefined;
}

export function triedOf({ name: functionName, version, runtime, architecture, memoryMb }: FunctionVersion): Tried {
  return { functionName, version, runtime, architecture, memoryMb };
}

/** Without the answer, which may be large. */
export function measurementOf({ durationMs, billedMs, initMs, memoryPeakMb, usd }: Sample): Measurement {
  return { durationMs, billedMs, initMs, memoryPeakMb, usd };
}

export function trialOf({ cold, warm, ...tried }: Measured): Trial {
  const mean = (samples: readonly Measurement[]) => samples.reduce((sum, { usd }) => sum + usd, 0) / samples.length;
  const of = (samples: readonly Measurement[], value: (sample: Measurement) => number) =>
    samples.length === 0 ? undefined : summaryOf(samples.map(value));
  const { marginOfError } = summaryOf(warm.map(({ usd }) => usd));
  return {
    ...tried,
    initMs: of(cold, ({ initMs = 0 }) => initMs),
    coldMs: of(cold, ({ initMs = 0, durationMs }) => initMs + durationMs),
    warmMs: of(warm, ({ durationMs }) => durationMs)!,
    billedMs: of(warm, ({ billedMs }) => billedMs)!,
    memoryPeakMb: Math.max(...[...cold, ...warm].map(({ memoryPeakMb }) => memoryPeakMb)),
    usdPerMillion: mean(warm) * 1e6,
    usdPerMillionMargin: marginOfError && marginOfError * 1e6,
    usdPerColdStart: cold.length === 0 ? undefined : mean(cold),
  };
}
