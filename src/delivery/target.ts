// What a kind of destination does: says whether an ARN names one, and takes a record.

import type { FunctionRecord } from "../functions/function-record.ts";
import type { AsyncInvocations, FunctionPlace } from "../invoke/invoke-async.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";

export interface TargetParts {
  readonly catalogue: { find(name: FunctionPlace): FunctionRecord | undefined };
  readonly clock: Clock;
  readonly random: Random;
  readonly asyncInvocations: () => AsyncInvocations;
  readonly payloadBytesMax: number;
}

export type Check = "usable" | "itself" | "missing" | "not-served" | "no-destination";

export interface Target {
  check(arn: string, of: FunctionRecord, parts: TargetParts): Check;
  /** "gone": it will never take it. Rejects where a later try may succeed. */
  deliver(arn: string, record: string, trace: string | undefined, parts: TargetParts): Promise<"delivered" | "gone">;
}
