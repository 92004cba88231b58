// UpdateFunctionCode: another zip for $LATEST, at once published if wanted; DryRun only checks.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html

import { type FunctionRecord, latestOf, type VersionRecord } from "../../../functions/function-record.ts";
import type { FunctionConfiguration, UpdateFunctionCodeRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { checkRevision, commitUpdate } from "./commit-update.ts";
import { describeFunction } from "./describe-function.ts";
import { describeWritten } from "./describe-written.ts";
import { admitFor, discard, latestWrite, publicationIf, warnOfOtherMachine } from "./latest-write.ts";
import { wholeFunction } from "./target.ts";
import { refuseUnsupportedSource } from "./unsupported.ts";

export async function updateFunctionCode(input: UpdateFunctionCodeRequest, call: Call, lambda: Lambda): Promise<FunctionConfiguration> {
  const record = await wholeFunction(lambda, call, "UpdateFunctionCode", input);
  const zip = sentZip(input);
  checkRevision(record, input.RevisionId);
  const before = latestOf(record);
  const settings = { ...before.settings, architecture: input.Architectures?.[0] ?? before.settings.architecture };

  const code = await admitFor(lambda, zip, settings);
  const latest = latestWrite(lambda, settings, before.description, code);
  if (input.DryRun === true) {
    await discard(lambda, code.key);
    return wouldBe(record, { ...before, settings, code, revisionId: latest.revision, modifiedMs: latest.modified_at });
  }
  await warnOfOtherMachine(lambda, record.arn, settings, code);
  const update = { latest, revisionId: input.RevisionId, publish: publicationIf(lambda, input.Publish) };
  try {
    return describeWritten(lambda, await commitUpdate(lambda, record, before.revisionId, update), "qualified");
  } catch (error) {
    await discard(lambda, code.key);
    throw error;
  }
}

function sentZip(input: UpdateFunctionCodeRequest): Uint8Array {
  refuseUnsupportedSource(input);
  if (input.ImageUri !== undefined) throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
  if (input.ZipFile === undefined) throw invalidParameter("Please provide a source for function code.");
  return input.ZipFile;
}

function wouldBe(record: FunctionRecord, version: VersionRecord): FunctionConfiguration {
  return describeFunction(record, version, record.arn);
}
