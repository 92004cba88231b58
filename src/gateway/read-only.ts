// Which operations only read: what a candidate in a shadow may call. By the verb in its name, as AWS names operations; everything else is denied.

import { ServiceError } from "../lib/errors.ts";

/** THE TABLE of verbs. Verbs that may start, cost or take something are left out: Invoke, Receive, Assume, Start, Query of logs … */
const READ_VERBS = [
  "BatchGet",
  "Check",
  "Decode",
  "Describe",
  "Estimate",
  "Filter",
  "Get",
  "Head",
  "List",
  "Lookup",
  "Select",
  "Simulate",
  "Test",
  "Validate",
];

export function onlyReads(operation: string): boolean {
  return READ_VERBS.some((verb) => operation.startsWith(verb) && /^($|[A-Z])/.test(operation.slice(verb.length)));
}

/** Throws AWS's AccessDeniedException. */
export function requireRead(operation: { readonly name: string; readonly service: { readonly name: string } }, principalArn: string): void {
  if (onlyReads(operation.name)) return;
  const action = `${operation.service.name}:${operation.name}`;
  throw new ServiceError(
    "AccessDeniedException",
    403,
    `User: ${principalArn} is not authorized to perform: ${action} because this is a copy in a shadow, which may only read`,
  );
}
