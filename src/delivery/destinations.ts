// Destinations as one object: checks an ARN when it is configured, and hands records to what it names.

import type { Delivery } from "../invoke/async-event.ts";
import type { Check, Origin, Sending, Target, TargetParts } from "./target.ts";
import { targets } from "./targets.ts";

export interface Destinations {
  /** Whether records about invocations of `of` may go there. */
  check(arn: string, of: Origin): Promise<Check>;
  /** "gone": the record will never arrive. Rejects where a later try may succeed. */
  deliver(delivery: Delivery, sending: Sending): Promise<"delivered" | "gone">;
}

export function createDestinations(parts: TargetParts): Destinations {
  return {
    async check(arn, of) {
      const target = targetOf(arn);
      if (target === undefined) return "no-destination";
      return target === "not-served" ? target : target.check(arn, of, parts);
    },
    async deliver(delivery, sending) {
      const target = targetOf(delivery.destination);
      return target === undefined || target === "not-served" ? "gone" : target.deliver(delivery, sending, parts);
    },
  };
}

function targetOf(arn: string): Target | "not-served" | undefined {
  const service = arn.split(":")[2] ?? "";
  return Object.hasOwn(targets, service) ? targets[service] : undefined;
}
