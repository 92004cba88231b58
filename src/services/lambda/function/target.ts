// From what a request names to the function and version it means.

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, LATEST, latestOf, type VersionRecord } from "../../../functions/function-record.ts";
import { type NamedFunction, parseFunctionName } from "../../../functions/name.ts";
import type { LambdaOperations } from "../../../models/lambda.ts";
import type { Caller } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { functionsOnly } from "../refusals.ts";

export interface Target {
  /** As the caller named it. */
  readonly named: NamedFunction;
  readonly record: FunctionRecord;
}

export interface NamingInput {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

/** Throws when the name is not to be understood or belongs elsewhere. The function itself need not exist. */
export function nameOf(caller: Caller, operation: keyof LambdaOperations, input: NamingInput): NamedFunction {
  return parseFunctionName(caller, `lambda:${operation}`, input.FunctionName, input.Qualifier);
}

/** Waits until the function has settled. Throws `Function not found`, with the qualifier if one was named. */
export async function targetOf(lambda: Lambda, caller: Caller, operation: keyof LambdaOperations, input: NamingInput): Promise<Target> {
  const named = nameOf(caller, operation, input);
  const record = await settled(lambda, named);
  if (record === undefined) throw functionNotFound(named, named.qualifier);
  return { named, record };
}

/** For operations on functions as a whole: a version or an alias is refused. `version`: AWS's text for a missing function names it too. */
export async function wholeFunction(
  lambda: Lambda,
  caller: Caller,
  operation: keyof LambdaOperations,
  input: NamingInput,
  version?: string,
): Promise<FunctionRecord> {
  const named = nameOf(caller, operation, input);
  if (named.qualifier !== undefined) throw functionsOnly();
  const record = await settled(lambda, named);
  if (record === undefined) throw functionNotFound(named, version);
  return record;
}

/** The version that the caller named, through an alias or not. Throws `Function not found` with the qualifier. */
export function versionOf({ named, record }: Target): VersionRecord {
  const qualifier = named.qualifier ?? LATEST;
  const version = record.aliases.get(qualifier)?.version ?? qualifier;
  const found = version === LATEST ? latestOf(record) : record.versions.get(version);
  if (found === undefined) throw functionNotFound(named, named.qualifier);
  return found;
}

async function settled(lambda: Lambda, named: NamedFunction): Promise<FunctionRecord | undefined> {
  const record = lambda.catalogue.find(named);
  if (record !== undefined) await lambda.settling.wait(record);
  return lambda.catalogue.find(named);
}
