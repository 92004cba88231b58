// What a kind of destination does: says whether an ARN names one, and takes a record.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { FunctionRecord } from "../functions/function-record.ts";
import type { Delivery } from "../invoke/async-event.ts";
import type { AsyncInvocations, FunctionPlace } from "../invoke/invoke-async.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { SqsQueues } from "../queues/sqs-queues.ts";
import type { Database } from "../store/database.ts";

export interface TargetParts {
  readonly catalogue: Pick<FunctionCatalogue, "find">;
  readonly clock: Clock;
  readonly random: Random;
  readonly database: Database;
  readonly queues: SqsQueues;
  readonly asyncInvocations: () => AsyncInvocations;
  readonly payloadBytesMax: number;
}

export type Check = "usable" | "itself" | "missing" | "not-served" | "no-destination";

/** Whose record it is, and the trace that it belongs to. */
export interface Sending {
  readonly from: FunctionPlace;
  readonly trace: string | undefined;
}

export interface Target {
  /** `of` is undefined for a function that is being created. */
  check(arn: string, of: FunctionRecord | undefined, parts: TargetParts): Check | Promise<Check>;
  /** "gone": it will never take it. Rejects where a later try may succeed. */
  deliver(delivery: Delivery, sending: Sending, parts: TargetParts): Promise<"delivered" | "gone">;
}
