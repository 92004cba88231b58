// FilterLogEvents: a group, or some of its streams, searched by time and pattern, in the order of time.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

import type { FilterLogEventsRequest, FilterLogEventsResponse } from "../../../models/logs.ts";
import { readEvents } from "../../../observe/log-query.ts";
import { ingestionMs } from "../../../observe/log-segment.ts";
import { findStream } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { patternOf } from "../filter-pattern.ts";
import { referred, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter, noSuchStream } from "../refusals.ts";
import { eventIdOf, placeOf, tokenOf } from "../token.ts";

const EVENTS_MAX = 10_000;

export async function filterLogEvents(input: FilterLogEventsRequest, call: Call, logs: Logs): Promise<FilterLogEventsResponse> {
  const pattern = patternOf(input.filterPattern);
  const ofStream = streamsOf(input);
  const after = input.nextToken === undefined ? undefined : positionAfter(input.nextToken);
  const group = await settledGroup(logs, referred(call, input));
  for (const name of input.logStreamNames ?? []) {
    if ((await logs.read(findStream, { groupId: group.id, name })) === undefined) throw noSuchStream();
  }
  const { events, next } = await readEvents(await logs.database(), {
    groupId: group.id,
    direction: "forward",
    fromMs: input.startTime ?? 0,
    toMs: input.endTime ?? Math.floor(Number.MAX_SAFE_INTEGER / 2),
    after,
    ofStream,
    pattern,
    limit: input.limit ?? EVENTS_MAX,
  });
  return {
    events: events.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.ms,
      message: event.message,
      ingestionTime: ingestionMs(event.seq),
      eventId: eventIdOf(event),
    })),
    searchedLogStreams: [],
    ...(next === undefined ? {} : { nextToken: tokenOf([next.ms, next.seq]) }),
  };
}

function streamsOf({ logStreamNames, logStreamNamePrefix }: FilterLogEventsRequest): ((name: string) => boolean) | undefined {
  if (logStreamNames !== undefined && logStreamNamePrefix !== undefined) {
    throw invalidParameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
  }
  if (logStreamNamePrefix !== undefined) return (name) => name.startsWith(logStreamNamePrefix);
  if (logStreamNames === undefined) return undefined;
  const names = new Set(logStreamNames);
  return (name) => names.has(name);
}

function positionAfter(token: string): { readonly ms: number; readonly seq: number } {
  const [ms, seq] = placeOf(token, ["number", "number"]);
  return { ms: Number(ms), seq: Number(seq) };
}
