// GetLogEvents: one stream, page by page in both directions. Without startFromHead the first page is the newest.
// Its tokens never end: at either end of the stream a call answers no events and the token it was given.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html

import type { GetLogEventsRequest, GetLogEventsResponse } from "../../../models/logs.ts";
import type { Position } from "../../../observe/log-page.ts";
import { readEvents } from "../../../observe/log-query.ts";
import { ingestionMs } from "../../../observe/log-segment.ts";
import { findStream } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { referred, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { noSuchStream } from "../refusals.ts";
import { directedPlace, directedToken } from "../token.ts";

const EVENTS_MAX = 10_000;
const BEFORE_ALL: Position = { ms: 0, seq: -1 };

export async function getLogEvents(input: GetLogEventsRequest, call: Call, logs: Logs): Promise<GetLogEventsResponse> {
  const place = input.nextToken === undefined ? undefined : directedPlace(input.nextToken);
  const group = await settledGroup(logs, referred(call, input));
  const stream = await logs.read(findStream, { groupId: group.id, name: input.logStreamName });
  if (stream === undefined) throw noSuchStream();
  const isForward = place === undefined ? (input.startFromHead ?? false) : place.direction === "f";
  const { events, next } = await readEvents(await logs.database(), {
    groupId: group.id,
    direction: isForward ? "forward" : "backward",
    // The stream's own times bound the chunks of its group that have to be looked at.
    fromMs: Math.max(input.startTime ?? 0, stream.first_ms ?? 0),
    toMs: Math.min((input.endTime ?? Number.MAX_SAFE_INTEGER) - 1, stream.last_ms ?? 0),
    after: place?.position,
    ofStream: (name) => name === input.logStreamName,
    limit: input.limit ?? EVENTS_MAX,
  });
  const still = next ?? place?.position ?? BEFORE_ALL;
  const first = events[0] ?? still;
  const last = events.at(-1) ?? still;
  return {
    events: events.map((event) => ({ timestamp: event.ms, message: event.message, ingestionTime: ingestionMs(event.seq) })),
    nextForwardToken: directedToken("f", isForward ? (next ?? last) : last),
    nextBackwardToken: directedToken("b", isForward ? first : (next ?? first)),
  };
}
