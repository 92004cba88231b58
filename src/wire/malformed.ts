// Requests that cannot be read at all. The code depends on the protocol and is settled when the error is rendered.

import { ServiceError } from "../lib/errors.ts";

/** AWS: the JSON and CBOR protocols answer SerializationException, query MalformedInput, S3 MalformedXML. */
export class MalformedRequest extends ServiceError {
  constructor(message: string, details: { readonly cause?: unknown } = {}) {
    super("SerializationException", 400, message, details);
    this.name = "MalformedRequest";
  }
}

/** Deepest nesting of structures, lists and maps that is read. AWS's own models stay below 20; recursive shapes could go on for ever. */
export const NESTING_MAX = 100;

export function refuseNesting(depth: number): void {
  if (depth > NESTING_MAX) throw new MalformedRequest(`The request is nested more than ${NESTING_MAX} levels deep.`);
}
