// Which events of a batch are taken: not those of more than 14 days ago, beyond the group's retention, or more than two hours ahead. Pure.

import type { InputLogEvent, RejectedLogEventsInfo } from "../../../models/logs.ts";
import { invalidParameter } from "../refusals.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAST_MAX_MS = 14 * DAY_MS;
const FUTURE_MAX_MS = 2 * HOUR_MS;

export interface Accepted {
  readonly accepted: readonly InputLogEvent[];
  readonly rejected: RejectedLogEventsInfo | undefined;
}

/** `events` are in chronological order. Throws InvalidParameterException when the events that are left span more than a day. */
export function acceptEvents(
  events: readonly InputLogEvent[],
  { nowMs, retentionDays }: { readonly nowMs: number; readonly retentionDays: number | null },
): Accepted {
  const expiredEnd = retentionDays === null ? 0 : firstFrom(events, nowMs - retentionDays * DAY_MS);
  const tooOldEnd = firstFrom(events, nowMs - PAST_MAX_MS);
  const tooNewStart = firstFrom(events, nowMs + FUTURE_MAX_MS + 1);
  const accepted = events.slice(Math.max(expiredEnd, tooOldEnd), tooNewStart);
  if (accepted.length > 0 && accepted.at(-1)!.timestamp - accepted[0]!.timestamp > DAY_MS) {
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  if (accepted.length === events.length) return { accepted, rejected: undefined };
  return {
    accepted,
    rejected: {
      ...(tooNewStart < events.length ? { tooNewLogEventStartIndex: tooNewStart } : {}),
      ...(tooOldEnd > 0 ? { tooOldLogEventEndIndex: tooOldEnd } : {}),
      ...(expiredEnd > 0 ? { expiredLogEventEndIndex: expiredEnd } : {}),
    },
  };
}

/** The index of the first event at `ms` or later. */
function firstFrom(events: readonly InputLogEvent[], ms: number): number {
  const index = events.findIndex((event) => event.timestamp >= ms);
  return index < 0 ? events.length : index;
}
