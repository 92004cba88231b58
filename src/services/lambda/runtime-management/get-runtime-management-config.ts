// GetRuntimeManagementConfig: always Auto, since an interpreter on this machine is whatever its owner installed.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { GetRuntimeManagementConfigRequest, GetRuntimeManagementConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { targetOf, versionOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getRuntimeManagementConfig(
  input: GetRuntimeManagementConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetRuntimeManagementConfigResponse> {
  const target = await targetOf(lambda, call, "GetRuntimeManagementConfig", input);
  const version = versionOf(target);
  return { UpdateRuntimeOn: "Auto", FunctionArn: qualifiedArn(target.record, version.version) };
}
