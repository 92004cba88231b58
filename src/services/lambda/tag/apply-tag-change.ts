// Commits a change of tags and tells the catalogue.

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { Lambda } from "../lambda.ts";
import { changeTags, type TagChange } from "./tag.procs.ts";
import { tooManyTags } from "./tag-rules.ts";

export async function applyTagChange(lambda: Lambda, record: FunctionRecord, change: Pick<TagChange, "put" | "remove">): Promise<void> {
  const outcome = await lambda.database.run(changeTags, { ...change, functionId: record.id, tagsMax: lambda.limits.tagsMax });
  if (outcome === "gone") throw functionNotFound(record);
  if (outcome === "too-many") throw tooManyTags();
  lambda.catalogue.apply(outcome);
}
