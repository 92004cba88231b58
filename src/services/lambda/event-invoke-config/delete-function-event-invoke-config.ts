// DeleteFunctionEventInvokeConfig: AWS's defaults hold again.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html

import { LATEST } from "../../../functions/function-record.ts";
import type { DeleteFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { noConfig } from "./configured.ts";
import { deleteEventInvoke } from "./event-invoke-config.procs.ts";

export async function deleteFunctionEventInvokeConfig(
  input: DeleteFunctionEventInvokeConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<void> {
  const named = nameOf(call, "DeleteFunctionEventInvokeConfig", input);
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw noConfig(named);
  const change = await lambda.database.run(deleteEventInvoke, { functionId: record.id, qualifier: named.qualifier ?? LATEST });
  if (change === undefined) throw noConfig(named);
  lambda.catalogue.apply(change);
}
