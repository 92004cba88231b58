// What a kind of destination does: says whether an ARN names one, and takes a record.

import type { RolePermissions } from "../access/role-permissions.ts";
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
  readonly permissions: Pick<RolePermissions, "missing">;
  readonly asyncInvocations: () => AsyncInvocations;
  readonly payloadBytesMax: number;
}

/** "not-allowed": the function's role may not send there. */
export type Check = "usable" | "itself" | "missing" | "not-allowed" | "not-served" | "no-destination";

/** A function whose records are to go somewhere. */
export interface Origin {
  /** undefined: it is being created. */
  readonly record: FunctionRecord | undefined;
  readonly roleArn: string;
}

/** Whose record it is, and the trace that it belongs to. */
export interface Sending {
  readonly from: FunctionPlace;
  readonly trace: string | undefined;
}

export interface Target {
  check(arn: string, of: Origin, parts: TargetParts): Check | Promise<Check>;
  /** "gone": it will never take it. Rejects where a later try may succeed. */
  deliver(delivery: Delivery, sending: Sending, parts: TargetParts): Promise<"delivered" | "gone">;
}
