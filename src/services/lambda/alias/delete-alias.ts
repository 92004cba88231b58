// DeleteAlias: answers the same whether the alias was there or not.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { DeleteAliasRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { deleteAliasRow } from "./alias.procs.ts";

export async function deleteAlias(input: DeleteAliasRequest, call: Call, lambda: Lambda): Promise<void> {
  const record = await wholeFunction(lambda, call, "DeleteAlias", input);
  const change = await lambda.database.run(deleteAliasRow, { functionId: record.id, name: input.Name });
  if (change === undefined) throw functionNotFound(record);
  lambda.catalogue.apply(change);
}
