// DeleteFunctionUrlConfig: the URL is gone for good; a later one has another id. cargo-lambda --disable-function-url expects the 404.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html

import type { DeleteFunctionUrlConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { deleteUrl } from "./url.procs.ts";
import { noSuchUrl } from "./url-target.ts";

export async function deleteFunctionUrlConfig(input: DeleteFunctionUrlConfigRequest, call: Call, lambda: Lambda): Promise<void> {
  const named = nameOf(call, "DeleteFunctionUrlConfig", input);
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw noSuchUrl();
  // The alias need not be there any more.
  const outcome = await lambda.database.run(deleteUrl, { functionId: record.id, qualifier: named.qualifier ?? "" });
  if (outcome === "none") throw noSuchUrl();
}
