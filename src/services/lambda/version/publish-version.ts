// PublishVersion: keeps $LATEST as it is now under the next number, or names the last version if nothing has changed since.
// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, versionRecord } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionConfiguration, PublishVersionRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { describeFunction } from "../function/describe-function.ts";
import { publication } from "../function/latest-write.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter, revisionMismatch, unsupported, updateInProgress } from "../refusals.ts";
import { type Published, publish } from "./version.procs.ts";

export async function publishVersion(input: PublishVersionRequest, call: Call, lambda: Lambda): Promise<FunctionConfiguration> {
  const record = await wholeFunction(lambda, call, "PublishVersion", input);
  if (input.PublishTo !== undefined) throw unsupported("PublishTo");
  const published = await lambda.database.run(publish, {
    functionId: record.id,
    revisionId: input.RevisionId,
    codeSha256: input.CodeSha256 || undefined,
    publication: publication(lambda, input.Description),
  });
  if (published.outcome !== "published") throw refusalOf(record, input, published);
  lambda.catalogue.apply(published.change);
  const version = versionRecord(published.version);
  return describeFunction(record, version, qualifiedArn(record, version.version));
}

function refusalOf(record: FunctionRecord, input: PublishVersionRequest, published: Exclude<Published, { outcome: "published" }>): Error {
  switch (published.outcome) {
    case "gone":
      return functionNotFound(record);
    case "revision-mismatch":
      return revisionMismatch("GetFunction/GetAlias");
    case "in-progress":
      return updateInProgress(record.arn);
    case "other-code":
      return invalidParameter(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${published.currentSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
  }
}
