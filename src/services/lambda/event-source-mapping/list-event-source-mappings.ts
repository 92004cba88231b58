// ListEventSourceMappings: mappings of a function, of a source, or all.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html

import type { ListEventSourceMappingsRequest, ListEventSourceMappingsResponse } from "../../../models/lambda.ts";
import type { Mapping } from "../../../sources/mapping.ts";
import { listMappings } from "../../../sources/mappings.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf, targetOf, versionOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { showMapping } from "./describe-mapping.ts";

const ITEMS_MAX = 100;

export async function listEventSourceMappings(
  input: ListEventSourceMappingsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListEventSourceMappingsResponse> {
  const all = await lambda.database.read(listMappings, { account: call.account, region: call.region });
  const { FunctionName, EventSourceArn } = input;
  const ofFunction = FunctionName === undefined ? all : await mappingsOf(lambda, call, FunctionName, all);
  const wanted = ofFunction.filter(({ sourceArn }) => EventSourceArn === undefined || sourceArn === EventSourceArn);
  const { items, ...more } = pageOf(wanted, input, ITEMS_MAX, { keyOf: ({ uuid }: Mapping) => uuid, isAfter: isAfterText });
  return { EventSourceMappings: await Promise.all(items.map((mapping) => showMapping(mapping, lambda))), ...more };
}

/** Those of exactly what is named: the function, or a version or an alias of it. A deleted function's are still there. */
async function mappingsOf(lambda: Lambda, call: Call, FunctionName: string, all: readonly Mapping[]): Promise<readonly Mapping[]> {
  const { name, qualifier } = nameOf(call, "ListEventSourceMappings", { FunctionName });
  const found = all.filter((mapping) => mapping.functionName === name && mapping.qualifier === qualifier);
  if (found.length === 0) versionOf(await targetOf(lambda, call, "ListEventSourceMappings", { FunctionName }));
  return found;
}
