// DeleteLogGroup. Its name is free at once; its events are removed in the background.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html

import { ServiceError } from "../../../lib/errors.ts";
import type { DeleteLogGroupRequest } from "../../../models/logs.ts";
import { deleteGroup } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { noSuchGroup } from "../refusals.ts";

export async function deleteLogGroup(input: DeleteLogGroupRequest, call: Call, logs: Logs): Promise<void> {
  const name = named(call, input.logGroupName);
  // What is still on its way would bring the group back.
  await logs.buffer.settle(name);
  const outcome = await logs.run(deleteGroup, name);
  if (outcome === "missing") throw noSuchGroup();
  if (outcome === "protected") {
    throw new ServiceError(
      "ValidationException",
      400,
      "The log group has deletion protection enabled. Disable it before deleting the log group.",
    );
  }
  void logs.upkeep.pass();
}
