// PutFunctionRecursionConfig: whether a function may bring about itself without end.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html

import { latestOf } from "../../../functions/function-record.ts";
import type { PutFunctionRecursionConfigRequest, PutFunctionRecursionConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { commitUpdate } from "../function/commit-update.ts";
import { describeWritten } from "../function/describe-written.ts";
import { latestWrite } from "../function/latest-write.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

/** AWS: not a change of $LATEST; here its environments are replaced, since it is written as one. Nothing new can be published by it. */
export async function putFunctionRecursionConfig(
  input: PutFunctionRecursionConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<PutFunctionRecursionConfigResponse> {
  const { RecursiveLoop: recursiveLoop } = input;
  const record = await wholeFunction(lambda, call, "PutFunctionRecursionConfig", input);
  const { settings, description, code, modifiedMs, revisionId } = latestOf(record);
  if ((settings.recursiveLoop ?? "Terminate") === recursiveLoop) return { RecursiveLoop: recursiveLoop };
  const latest = { ...latestWrite(lambda, { ...settings, recursiveLoop }, description, code), modified_at: modifiedMs };
  await describeWritten(lambda, await commitUpdate(lambda, record, revisionId, { latest, revisionId: undefined }), "unqualified");
  return { RecursiveLoop: recursiveLoop };
}
