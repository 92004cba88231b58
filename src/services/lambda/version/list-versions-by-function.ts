// ListVersionsByFunction: $LATEST, then the published versions from the oldest on.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html

import type { FunctionRecord, VersionRecord } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { ListVersionsByFunctionRequest, ListVersionsByFunctionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { describeListed } from "../function/describe-function.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterNumber, pageOf } from "../page.ts";

export async function listVersionsByFunction(
  input: ListVersionsByFunctionRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListVersionsByFunctionResponse> {
  const record = await wholeFunction(lambda, call, "ListVersionsByFunction", input);
  const order = { keyOf: (version: VersionRecord) => String(version.number), isAfter: isAfterNumber };
  const { items, ...more } = pageOf(versionsInOrder(record), input, lambda.limits.listItemsMax, order);
  return { Versions: items.map((version) => describeListed(record, version, qualifiedArn(record, version.version))), ...more };
}

export function versionsInOrder(record: FunctionRecord): readonly VersionRecord[] {
  return [...record.versions.values()].sort((a, b) => a.number - b.number);
}
