// The tags of event source mappings, which stand in the mapping's row.

import type { Mapping } from "../../../sources/mapping.ts";
import { readMapping, updateMapping } from "../../../sources/mappings.procs.ts";
import type { Caller } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { notFound } from "../refusals.ts";
import { tooManyTags } from "./tag-rules.ts";

/** undefined: the ARN is no mapping's. */
export function mappingUuid(arn: string): string | undefined {
  const [, , , , , kind, uuid] = arn.split(":");
  return kind === "event-source-mapping" ? uuid : undefined;
}

export async function taggedMapping(lambda: Lambda, { account, region }: Caller, arn: string): Promise<Mapping> {
  const uuid = mappingUuid(arn) ?? "";
  const isOurs = arn.split(":")[3] === region && arn.split(":")[4] === account;
  const mapping = isOurs ? await lambda.database.read(readMapping, { uuid, account, region }) : undefined;
  if (mapping === undefined) throw notFound(`Event source mapping not found: ${arn}`);
  return mapping;
}

export interface TagChange {
  readonly put: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export async function changeMappingTags(lambda: Lambda, caller: Caller, arn: string, { put, remove }: TagChange): Promise<void> {
  for (;;) {
    const before = await taggedMapping(lambda, caller, arn);
    const tags = Object.fromEntries(Object.entries({ ...before.tags, ...put }).filter(([key]) => !remove.includes(key)));
    if (Object.keys(tags).length > lambda.limits.tagsMax) throw tooManyTags();
    const outcome = await lambda.database.run(updateMapping, { ...before, tags, revision: before.revision + 1 });
    if (outcome === "updated") return;
  }
}
