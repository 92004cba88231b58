// GetFunctionUrlConfig: no function has a URL yet (CreateFunctionUrlConfig is not built). cargo-lambda and SAM ask before they go on.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html

import type { GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import { notFound } from "../refusals.ts";

export async function getFunctionUrlConfig(input: GetFunctionUrlConfigRequest, call: Call): Promise<GetFunctionUrlConfigResponse> {
  nameOf(call, "GetFunctionUrlConfig", input);
  throw notFound("The resource you requested does not exist.");
}
