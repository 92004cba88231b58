// DeleteFunctionConcurrency: the function takes from what nobody has reserved again. Answers the same whether it had any.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { DeleteFunctionConcurrencyRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { unreserve } from "./concurrency.procs.ts";

export async function deleteFunctionConcurrency(input: DeleteFunctionConcurrencyRequest, call: Call, lambda: Lambda): Promise<void> {
  const record = await wholeFunction(lambda, call, "DeleteFunctionConcurrency", input);
  const written = await lambda.database.run(unreserve, { functionId: record.id });
  if (written.outcome === "gone") throw functionNotFound(record);
  lambda.catalogue.apply(written.change);
}
