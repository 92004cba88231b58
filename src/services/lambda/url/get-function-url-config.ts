// GetFunctionUrlConfig: the URL of a function or of one of its aliases.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html

import type { GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeUrl } from "./describe-url.ts";
import { readUrlConfig } from "./url.procs.ts";
import { noSuchUrl, urlOwnerOrNone } from "./url-target.ts";

export async function getFunctionUrlConfig(
  input: GetFunctionUrlConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetFunctionUrlConfigResponse> {
  const { record, alias = "" } = urlOwnerOrNone(lambda, call, "GetFunctionUrlConfig", input);
  const row = await lambda.database.read(readUrlConfig, { functionId: record.id, qualifier: alias });
  if (row === undefined) throw noSuchUrl();
  return describeUrl(record, row, call);
}
