// PutLogEvents: acknowledged when the events are committed.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html

import { ServiceError } from "../../../lib/errors.ts";
import type { InputLogEvent, PutLogEventsRequest, PutLogEventsResponse } from "../../../models/logs.ts";
import { findStream } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter, noSuchStream } from "../refusals.ts";
import { acceptEvents } from "./accept-events.ts";

const BATCH_BYTES_MAX = 1_048_576;
const EVENT_BYTES = 26;

export async function putLogEvents(input: PutLogEventsRequest, call: Call, logs: Logs): Promise<PutLogEventsResponse> {
  refuseBatch(input.logEvents);
  const name = named(call, input.logGroupName);
  const group = await settledGroup(logs, name);
  if ((await logs.read(findStream, { groupId: group.id, name: input.logStreamName })) === undefined) throw noSuchStream();
  const { accepted, rejected } = acceptEvents(input.logEvents, { nowMs: logs.clock.nowMs(), retentionDays: group.retention_days });
  if (accepted.length > 0) await save(logs, { ...name, stream: input.logStreamName }, accepted);
  return {
    // Deprecated since 2023, but older agents still send it back.
    nextSequenceToken: String(logs.buffer.nextSeq()).padStart(56, "0"),
    ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
    // AWS: entities belong to CloudWatch's application view, which is not served.
    ...(input.entity === undefined ? {} : { rejectedEntityInfo: { errorType: "UnsupportedLogGroupType" as const } }),
  };
}

function refuseBatch(events: readonly InputLogEvent[]): void {
  if (events.some((event, i) => i > 0 && event.timestamp < events[i - 1]!.timestamp)) {
    throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
  }
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0);
  if (bytes > BATCH_BYTES_MAX) throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES_MAX}`);
}

async function save(logs: Logs, to: Parameters<Logs["buffer"]["put"]>[0], events: readonly InputLogEvent[]): Promise<void> {
  try {
    await logs.buffer.put(
      to,
      events.map(({ timestamp, message }) => ({ timestampMs: timestamp, message })),
    );
  } catch (cause) {
    throw new ServiceError("ServiceUnavailableException", 503, "The service cannot complete the request.", { cause });
  }
}
