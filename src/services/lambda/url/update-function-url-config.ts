// UpdateFunctionUrlConfig: other settings for a URL, which stays the same. Cors is replaced as a whole; an empty one takes it away.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html

import type { UpdateFunctionUrlConfigRequest, UpdateFunctionUrlConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeUrl } from "./describe-url.ts";
import { updateUrl } from "./url.procs.ts";
import { corsText, noSuchUrl, urlOwnerOrNone } from "./url-target.ts";

export async function updateFunctionUrlConfig(
  input: UpdateFunctionUrlConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<UpdateFunctionUrlConfigResponse> {
  const { record, alias = "" } = urlOwnerOrNone(lambda, call, "UpdateFunctionUrlConfig", input);
  const row = await lambda.database.run(updateUrl, {
    functionId: record.id,
    qualifier: alias,
    authType: input.AuthType,
    invokeMode: input.InvokeMode,
    cors: corsText(input.Cors),
    nowMs: lambda.clock.nowMs(),
  });
  if (row === undefined) throw noSuchUrl();
  return describeUrl(record, row, call);
}
