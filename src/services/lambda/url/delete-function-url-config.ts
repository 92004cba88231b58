// DeleteFunctionUrlConfig: there is none to delete yet. cargo-lambda --disable-function-url expects just this.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html

import type { DeleteFunctionUrlConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import { notFound } from "../refusals.ts";

export async function deleteFunctionUrlConfig(input: DeleteFunctionUrlConfigRequest, call: Call): Promise<void> {
  nameOf(call, "DeleteFunctionUrlConfig", input);
  throw notFound("The resource you requested does not exist.");
}
