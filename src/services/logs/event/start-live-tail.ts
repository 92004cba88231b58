// StartLiveTail: the events that arrive from now on, as an event stream of one update a second, for at most three hours.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html

import { ServiceError } from "../../../lib/errors.ts";
import type { StartLiveTailRequest, StartLiveTailResponse, StartLiveTailResponseStream } from "../../../models/logs.ts";
import { type LiveTailFilter, type LiveTailUpdate, liveTail } from "../../../observe/live-tail.ts";
import type { Call } from "../../../wire/call.ts";
import { patternOf } from "../filter-pattern.ts";
import { groupArn, identified, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter } from "../refusals.ts";

const SESSION_MS = 3 * 3_600_000;
/** AWS's default quota of sessions at a time. */
const SESSIONS_MAX = 15;

export async function startLiveTail(input: StartLiveTailRequest, call: Call, logs: Logs): Promise<StartLiveTailResponse> {
  const filter = await filterOf(input, call, logs);
  const key = `${call.account}/${call.region}`;
  if ((logs.sessions.get(key) ?? 0) >= SESSIONS_MAX) {
    throw new ServiceError("LimitExceededException", 400, `There are ${SESSIONS_MAX} Live Tail sessions already.`);
  }
  return { responseStream: counted(logs.sessions, key, session(input, call, filter, logs)) };
}

async function filterOf(input: StartLiveTailRequest, call: Call, logs: Logs): Promise<LiveTailFilter> {
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes } = input;
  if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined) {
    throw invalidParameter("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.");
  }
  if (logGroupIdentifiers.length > 1 && (logStreamNames ?? logStreamNamePrefixes) !== undefined) {
    throw invalidParameter("Log streams can be given for a single log group only.");
  }
  if (logGroupIdentifiers.some((identifier) => identifier.endsWith("*")))
    throw invalidParameter("A log group ARN cannot end with an asterisk here.");
  const pattern = patternOf(input.logEventFilterPattern);
  const groups = logGroupIdentifiers.map((identifier) => identified(call, identifier));
  for (const group of groups) await settledGroup(logs, group);
  const names = new Set(logStreamNames);
  const ofStream = (name: string) =>
    logStreamNames !== undefined ? names.has(name) : (logStreamNamePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true);
  return { groups, ofStream, pattern };
}

async function* session(
  input: StartLiveTailRequest,
  call: Call,
  filter: LiveTailFilter,
  logs: Logs,
): AsyncGenerator<StartLiveTailResponseStream> {
  yield {
    sessionStart: {
      requestId: call.requestId,
      sessionId: logs.random.uuid(),
      logGroupIdentifiers: filter.groups.map(groupArn),
      logStreamNames: input.logStreamNames ?? [],
      logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
      logEventFilterPattern: input.logEventFilterPattern ?? "",
    },
  };
  for await (const update of liveTail(logs.buffer, filter, { lastsMs: SESSION_MS, signal: call.signal }))
    yield { sessionUpdate: describeUpdate(update) };
  if (!call.signal.aborted) yield { SessionTimeoutException: { message: "The session has lasted three hours." } };
}

function describeUpdate({ isSampled, events }: LiveTailUpdate) {
  return {
    sessionMetadata: { sampled: isSampled },
    sessionResults: events.map((event) => ({
      logStreamName: event.stream,
      logGroupIdentifier: `${event.group.account}:${event.group.group}`,
      message: event.message,
      timestamp: event.timestampMs,
      ingestionTime: event.ingestionMs,
    })),
  };
}

/** The session counts from its first event to its last. */
async function* counted<T>(sessions: Map<string, number>, key: string, stream: AsyncGenerator<T>): AsyncGenerator<T> {
  sessions.set(key, (sessions.get(key) ?? 0) + 1);
  try {
    yield* stream;
  } finally {
    sessions.set(key, (sessions.get(key) ?? 1) - 1);
  }
}
