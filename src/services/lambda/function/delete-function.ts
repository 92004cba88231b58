// DeleteFunction: the function with all its versions and aliases, or one published version.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, LATEST } from "../../../functions/function-record.ts";
import { isVersionNumber } from "../../../functions/name.ts";
import type { DeleteFunctionRequest, DeleteFunctionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { conflict, invalidParameter } from "../refusals.ts";
import { deleteVersionRow } from "../version/version.procs.ts";
import { deleteFunctionRows } from "./function.procs.ts";
import { nameOf } from "./target.ts";

export async function deleteFunction(input: DeleteFunctionRequest, call: Call, lambda: Lambda): Promise<DeleteFunctionResponse> {
  const named = nameOf(call, "DeleteFunction", input);
  if (named.qualifier === LATEST) throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
  const record = lambda.catalogue.find(named);
  // AWS names the function alone here, even when it was a version that was not found.
  if (record === undefined) throw functionNotFound(named);
  if (named.qualifier === undefined) await deleteWhole(lambda, record);
  else await deleteVersion(lambda, record, named.qualifier);
  return { StatusCode: 204 };
}

async function deleteWhole(lambda: Lambda, record: FunctionRecord): Promise<void> {
  const change = await lambda.database.run(deleteFunctionRows, { functionId: record.id, nowMs: lambda.clock.nowMs() });
  if (change === undefined) throw functionNotFound(record);
  lambda.catalogue.apply(change);
}

async function deleteVersion(lambda: Lambda, record: FunctionRecord, qualifier: string): Promise<void> {
  if (record.aliases.has(qualifier)) throw invalidParameter("Deletion of aliases is not currently supported.");
  if (!isVersionNumber(qualifier)) throw functionNotFound(record);
  const args = { functionId: record.id, number: Number(qualifier), nowMs: lambda.clock.nowMs() };
  const removal = await lambda.database.run(deleteVersionRow, args);
  if (removal.outcome === "gone") throw functionNotFound(record);
  if (removal.outcome === "named-by-aliases") {
    throw conflict(`Unable to delete version because the following aliases reference it: [${removal.aliases.join(", ")}]`);
  }
  lambda.catalogue.apply(removal.change);
}
