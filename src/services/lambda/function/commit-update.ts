// The commit that both updates of a function share, and its refusals in AWS's words.

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, latestOf } from "../../../functions/function-record.ts";
import type { Lambda } from "../lambda.ts";
import { revisionMismatch, updateInProgress } from "../refusals.ts";
import type { Publication } from "../version/version.procs.ts";
import { type LatestWrite, type UpdateRefusal, updateLatest, type Written } from "./function.procs.ts";

export interface Update {
  readonly latest: LatestWrite;
  readonly revisionId: string | undefined;
  readonly publish?: Publication | undefined;
}

/** `record` is as it was read when `update` was derived from it: an update that came between is a conflict. */
export async function commitUpdate(lambda: Lambda, record: FunctionRecord, basedOn: string, update: Update): Promise<Written> {
  const { latest, revisionId, publish } = update;
  const written = await lambda.database.run(updateLatest, { functionId: record.id, basedOn, revisionId, latest, publish });
  if (typeof written === "string") throw refusalOf(record, written);
  return written;
}

/** Before anything is unpacked: says at once what the commit would say later. */
export function checkRevision(record: FunctionRecord, revisionId: string | undefined): void {
  if (revisionId !== undefined && revisionId !== latestOf(record).revisionId) throw revisionMismatch("GetFunction/GetAlias");
}

function refusalOf(record: FunctionRecord, refusal: UpdateRefusal): Error {
  switch (refusal) {
    case "gone":
      return functionNotFound(record);
    case "revision-mismatch":
      return revisionMismatch("GetFunction/GetAlias");
    case "in-progress":
      return updateInProgress(record.arn);
  }
}
