// The version or alias that a call about provisioned concurrency names.

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, LATEST } from "../../../functions/function-record.ts";
import { isVersionNumber, type NamedFunction, qualifiedArn } from "../../../functions/name.ts";
import type { LambdaOperations } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { cannotFindAlias } from "../alias/alias-errors.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { notProvisionable } from "./provisioned-errors.ts";

interface Input {
  readonly FunctionName: string;
  readonly Qualifier: string;
}

export interface Provisionable {
  readonly record: FunctionRecord;
  readonly qualifier: string;
}

/** Throws AWS's 404 for a version or alias that is not there, and 400 for $LATEST. */
export async function provisionable(input: Input, call: Call, lambda: Lambda, operation: keyof LambdaOperations): Promise<Provisionable> {
  const named = nameOf(call, operation, input);
  const qualifier = named.qualifier ?? input.Qualifier;
  const known = lambda.catalogue.find(named);
  if (known !== undefined) await lambda.settling.wait(known);
  const record = lambda.catalogue.find(named);
  if (record !== undefined && qualifier === LATEST) throw notProvisionable();
  if (record?.versions.has(qualifier) || record?.aliases.has(qualifier)) return { record, qualifier };
  throw missing(named, qualifier);
}

export function missing(named: Omit<NamedFunction, "qualifier">, qualifier: string): Error {
  return isVersionNumber(qualifier) ? functionNotFound(named, qualifier) : cannotFindAlias(qualifiedArn(named, qualifier));
}
