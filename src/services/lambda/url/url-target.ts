// Which URL a request means: that of the function itself, or of one of its aliases; and its CORS settings, checked.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html

import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { Cors } from "../../../functions/function-urls.ts";
import type { LambdaOperations } from "../../../models/lambda.ts";
import type { Caller } from "../../../wire/call.ts";
import { type NamingInput, nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter, notFound } from "../refusals.ts";

export interface UrlOwner {
  readonly record: FunctionRecord;
  /** An alias that exists, or undefined. */
  readonly alias: string | undefined;
}

/** undefined: there is no such function or alias. A version has no URL: the model refuses it. */
export function urlOwner(lambda: Lambda, caller: Caller, operation: keyof LambdaOperations, input: NamingInput): UrlOwner | undefined {
  const named = nameOf(caller, operation, input);
  const record = lambda.catalogue.find(named);
  if (record === undefined) return undefined;
  const { qualifier } = named;
  return qualifier === undefined || record.aliases.has(qualifier) ? { record, alias: qualifier } : undefined;
}

/** The same for operations on a URL that must be there. */
export function urlOwnerOrNone(lambda: Lambda, caller: Caller, operation: keyof LambdaOperations, input: NamingInput): UrlOwner {
  const owner = urlOwner(lambda, caller, operation, input);
  if (owner === undefined) throw noSuchUrl();
  return owner;
}

export function noSuchUrl(): Error {
  return notFound("The resource you requested does not exist.");
}

const METHODS: ReadonlySet<string> = new Set(["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"]);

/** As it is kept: JSON, or null where nothing is set. undefined: the request does not speak of it. */
export function corsText(cors: Cors | undefined): string | null | undefined {
  if (cors === undefined) return undefined;
  const wrong = cors.AllowMethods?.find((method) => !METHODS.has(method));
  // AWS: refuses other methods too; its text is not recorded.
  if (wrong !== undefined) throw invalidParameter(`Value ${wrong} in AllowMethods is not one of ${[...METHODS].join(", ")}.`);
  const set = Object.entries(cors).filter(([, value]) => value !== undefined);
  return set.length === 0 ? null : JSON.stringify(Object.fromEntries(set));
}
