// ListAliases: a function's aliases in order of name; with FunctionVersion those that lead to it.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html

import type { AliasRecord } from "../../../functions/function-record.ts";
import type { ListAliasesRequest, ListAliasesResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { describeAlias } from "./describe-alias.ts";

export async function listAliases(input: ListAliasesRequest, call: Call, lambda: Lambda): Promise<ListAliasesResponse> {
  const record = await wholeFunction(lambda, call, "ListAliases", input);
  const all = [...record.aliases.values()].filter((alias) => leadsTo(alias, input.FunctionVersion));
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  const order = { keyOf: (alias: AliasRecord) => alias.name, isAfter: isAfterText };
  const { items, ...more } = pageOf(all, input, lambda.limits.listItemsMax, order);
  return { Aliases: items.map((alias) => describeAlias(record, alias)), ...more };
}

function leadsTo({ version, second }: AliasRecord, wanted: string | undefined): boolean {
  return wanted === undefined || version === wanted || second?.version === wanted;
}
