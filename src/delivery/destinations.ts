// Destinations as one object: checks an ARN when it is configured, and hands records to what it names.

import type { FunctionRecord } from "../functions/function-record.ts";
import type { Check, Target, TargetParts } from "./target.ts";
import { targets } from "./targets.ts";

export interface Destinations {
  /** Whether records about invocations of `of` may go there. */
  check(arn: string, of: FunctionRecord): Check;
  /** "gone": the record will never arrive. Rejects where a later try may succeed. */
  deliver(arn: string, record: string, trace: string | undefined): Promise<"delivered" | "gone">;
}

export function createDestinations(parts: TargetParts): Destinations {
  return {
    check(arn, of) {
      const target = targetOf(arn);
      if (target === undefined) return "no-destination";
      return target === "not-served" ? target : target.check(arn, of, parts);
    },
    async deliver(arn, record, trace) {
      const target = targetOf(arn);
      return target === undefined || target === "not-served" ? "gone" : target.deliver(arn, record, trace, parts);
    },
  };
}

function targetOf(arn: string): Target | "not-served" | undefined {
  const service = arn.split(":")[2] ?? "";
  return Object.hasOwn(targets, service) ? targets[service] : undefined;
}
