// DeleteLogStream. Its events are hidden at once and leave the disk when their chunks are merged or expire.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html

import type { DeleteLogStreamRequest } from "../../../models/logs.ts";
import { deleteStream } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { noSuchStream } from "../refusals.ts";

export async function deleteLogStream(input: DeleteLogStreamRequest, call: Call, logs: Logs): Promise<void> {
  const untilSeq = logs.buffer.nextSeq();
  const group = await settledGroup(logs, named(call, input.logGroupName));
  const outcome = await logs.run(deleteStream, { groupId: group.id, name: input.logStreamName, untilSeq });
  if (outcome === "missing") throw noSuchStream();
}
