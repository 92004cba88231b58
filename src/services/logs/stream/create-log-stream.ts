// CreateLogStream. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html

import type { CreateLogStreamRequest } from "../../../models/logs.ts";
import { createStream } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { alreadyExists } from "../refusals.ts";

export async function createLogStream(input: CreateLogStreamRequest, call: Call, logs: Logs): Promise<void> {
  const group = await settledGroup(logs, named(call, input.logGroupName));
  const outcome = await logs.run(createStream, { groupId: group.id, name: input.logStreamName, nowMs: logs.clock.nowMs() });
  if (outcome === "exists") throw alreadyExists("log stream");
}
