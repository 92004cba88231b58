// ListFunctions: the account's functions in this region, with FunctionVersion=ALL also their versions.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html

import { type FunctionRecord, latestOf, type VersionRecord } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionConfiguration, ListFunctionsRequest, ListFunctionsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { unsupported } from "../refusals.ts";
import { versionsInOrder } from "../version/list-versions-by-function.ts";
import { describeListed } from "./describe-function.ts";

interface Listed {
  readonly record: FunctionRecord;
  readonly version: VersionRecord;
}

export async function listFunctions(input: ListFunctionsRequest, call: Call, lambda: Lambda): Promise<ListFunctionsResponse> {
  if (input.MasterRegion !== undefined && input.MasterRegion !== "ALL") throw unsupported("MasterRegion (Lambda@Edge)");
  const records = lambda.catalogue.list(call.account, call.region);
  const all = input.FunctionVersion === "ALL";
  const { items, ...more } = pageOf(all ? everyVersion(records) : latestOnly(records), input, lambda.limits.listItemsMax, {
    keyOf,
    isAfter: isAfterText,
  });
  return { Functions: items.map((listed) => describe(listed, all)), ...more };
}

function* latestOnly(records: readonly FunctionRecord[]): Iterable<Listed> {
  for (const record of records) yield { record, version: latestOf(record) };
}

function* everyVersion(records: readonly FunctionRecord[]): Iterable<Listed> {
  for (const record of records) for (const version of versionsInOrder(record)) yield { record, version };
}

// Space sorts before every character of a name; the number is padded so that text order is number order.
function keyOf({ record, version }: Listed): string {
  return `${record.name} ${String(version.number).padStart(16, "0")}`;
}

function describe({ record, version }: Listed, all: boolean): FunctionConfiguration {
  return describeListed(record, version, all ? qualifiedArn(record, version.version) : record.arn);
}
