// PutRuntimeManagementConfig: Auto, which is how it is anyway; other modes are refused.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { PutRuntimeManagementConfigRequest, PutRuntimeManagementConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { targetOf, versionOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { unsupported } from "../refusals.ts";

export async function putRuntimeManagementConfig(
  input: PutRuntimeManagementConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<PutRuntimeManagementConfigResponse> {
  const target = await targetOf(lambda, call, "PutRuntimeManagementConfig", {
    FunctionName: input.FunctionName,
    Qualifier: input.Qualifier,
  });
  const version = versionOf(target);
  if (input.UpdateRuntimeOn !== "Auto") throw unsupported(`UpdateRuntimeOn ${input.UpdateRuntimeOn}`);
  if (input.RuntimeVersionArn !== undefined) throw unsupported("RuntimeVersionArn");
  return { UpdateRuntimeOn: "Auto", FunctionArn: qualifiedArn(target.record, version.version) };
}
