// Tags of a log group, which two generations of operations name by ARN or by name.

import { ServiceError } from "../../../lib/errors.ts";
import { changeGroup, type Tags } from "../../../observe/log-groups.procs.ts";
import type { LogGroupName } from "../../../observe/log-segment.ts";
import type { Caller } from "../../../wire/call.ts";
import { existingGroup, identified } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter, noSuchGroup } from "../refusals.ts";

const TAGS_MAX = 50;

/** Log groups are all that can be tagged here. */
export function groupOfArn(caller: Caller, arn: string): LogGroupName {
  if (!arn.startsWith("arn:")) throw invalidParameter(`The resource ARN ${arn} is not valid.`);
  return identified(caller, arn);
}

export async function tagsOf(logs: Logs, name: LogGroupName): Promise<Tags> {
  const group = await existingGroup(logs, name);
  return JSON.parse(group.tags) as Tags;
}

export async function addTags(logs: Logs, name: LogGroupName, tags: Tags): Promise<void> {
  const outcome = await logs.run(changeGroup, { ...name, addTags: tags, tagsMax: TAGS_MAX });
  if (outcome === "missing") throw noSuchGroup();
  if (outcome === "too-many") throw new ServiceError("TooManyTagsException", 400, `A resource can have no more than ${TAGS_MAX} tags.`);
}

export async function removeTags(logs: Logs, name: LogGroupName, keys: readonly string[]): Promise<void> {
  const outcome = await logs.run(changeGroup, { ...name, removeTags: keys });
  if (outcome === "missing") throw noSuchGroup();
}
