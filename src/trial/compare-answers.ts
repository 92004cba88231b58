// How two functions' answers to the same event differ: one failed and the other did not, they failed otherwise, or their JSON differs.

import type { InvocationResult } from "../invoke/invocation.ts";
import { type DiffRules, differences, generalPath } from "./json-difference.ts";

export interface AnswerDifference {
  readonly kind: "status" | "error" | "bytes" | "changed" | "missing" | "added" | "type";
  /** "" for the whole answer. */
  readonly path: string;
}

/** Larger ones are compared as bytes: nothing above 1 MiB is parsed on the event loop. */
const PARSED_BYTES_MAX = 1024 * 1024;

/** Each kind and path once. */
export function compareAnswers(primary: InvocationResult, candidate: InvocationResult, rules: DiffRules): readonly AnswerDifference[] {
  const [failed, otherFailed] = [primary.functionError !== undefined, candidate.functionError !== undefined];
  if (failed !== otherFailed) return [{ kind: "status", path: "" }];
  if (failed) return errorTypeOf(primary) === errorTypeOf(candidate) ? [] : [{ kind: "error", path: "errorType" }];
  const [a, b] = [Buffer.from(primary.payload), Buffer.from(candidate.payload)];
  if (a.equals(b)) return [];
  if (Math.max(a.length, b.length) > PARSED_BYTES_MAX) return [{ kind: "bytes", path: "" }];
  const [first, second] = [parsed(a), parsed(b)];
  if (first === undefined || second === undefined) return [{ kind: "bytes", path: "" }];
  const found = differences(first.value, second.value, rules).map(({ kind, path }) => ({ kind, path: generalPath(path) }));
  return [...new Map(found.map((one) => [`${one.kind} ${one.path}`, one])).values()];
}

function errorTypeOf({ payload }: InvocationResult): unknown {
  const value = parsed(Buffer.from(payload))?.value;
  return typeof value === "object" && value !== null ? (value as { errorType?: unknown }).errorType : undefined;
}

function parsed(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) };
  } catch {
    return undefined;
  }
}
