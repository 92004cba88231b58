// One invocation that is made to be looked at: what its record says, and what it cost. It goes into no bill and no metric.

import type { Invocation, InvocationResult } from "../invoke/invocation.ts";
import type { Invoker } from "../invoke/invoker.ts";
import { type InvocationRecord, recordUsd } from "../invoke/report.ts";
import { environmentEnded } from "../invoke/run.ts";
import type { PriceSheet } from "../metering/prices.ts";

export interface Sample {
  readonly durationMs: number;
  readonly billedMs: number;
  /** Of a cold start. */
  readonly initMs: number | undefined;
  readonly memoryPeakMb: number;
  readonly usd: number;
  readonly isError: boolean;
  readonly result: InvocationResult;
}

/** Rejects with ServiceError where it is throttled or the platform failed. */
export async function takeSample(invoker: Pick<Invoker, "invoke">, invocation: Invocation, sheet: PriceSheet): Promise<Sample> {
  const { promise, resolve } = Promise.withResolvers<InvocationRecord | undefined>();
  const onRecord = (record: InvocationRecord | undefined) => {
    resolve(record);
    return true;
  };
  const result = await invoker.invoke({ ...invocation, onRecord });
  const record = await promise;
  if (record === undefined) throw environmentEnded();
  return sampleOf(record, result, sheet);
}

export function sampleOf(record: InvocationRecord, result: InvocationResult, sheet: PriceSheet): Sample {
  const { durationMs, billedMs, initMs, memoryPeakMb, isFunctionError } = record;
  const usd = recordUsd(record, sheet, false);
  return { durationMs, billedMs, initMs, memoryPeakMb, usd, isError: isFunctionError, result };
}
