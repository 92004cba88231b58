// What the three batch operations have in common: the rules for their entries, and how each entry's end is told.

import { ServiceError } from "../../lib/errors.ts";
import type { BatchResultErrorEntry } from "../../models/sqs.ts";

const ENTRIES_MAX = 10;
const ID = /^[a-zA-Z0-9_-]{1,80}$/;

/** Throws what makes the whole batch bad. */
export function checkEntries(entries: readonly { readonly Id: string }[], kind: string): void {
  if (entries.length === 0) {
    throw new ServiceError("EmptyBatchRequest", 400, `There should be at least one ${kind}RequestEntry in the request.`);
  }
  if (entries.length > ENTRIES_MAX) {
    throw new ServiceError(
      "TooManyEntriesInBatchRequest",
      400,
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!ID.test(Id)) throw invalidEntryId();
    if (seen.has(Id)) throw new ServiceError("BatchEntryIdsNotDistinct", 400, `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

function invalidEntryId(): ServiceError {
  return new ServiceError(
    "InvalidBatchEntryId",
    400,
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
  );
}

/** One entry's failure. Throws what is not the caller's. */
export function failedEntry(Id: string, error: unknown): BatchResultErrorEntry {
  if (!(error instanceof ServiceError)) throw error;
  return { Id, SenderFault: true, Code: error.code, Message: error.message };
}

/** Calls `act` for each entry: what it makes of the good ones, and the failures. */
export async function eachEntry<E extends { readonly Id: string }, R>(
  entries: readonly E[],
  act: (entry: E) => R | Promise<R>,
): Promise<{ readonly good: readonly { readonly Id: string; readonly value: R }[]; readonly Failed: readonly BatchResultErrorEntry[] }> {
  const good: { Id: string; value: R }[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      good.push({ Id: entry.Id, value: await act(entry) });
    } catch (error) {
      Failed.push(failedEntry(entry.Id, error));
    }
  }
  return { good, Failed };
}

/** AWS leaves an empty list of failures out. */
export function batchResult<S>(
  Successful: readonly S[],
  Failed: readonly BatchResultErrorEntry[],
): { Successful: readonly S[]; Failed: readonly BatchResultErrorEntry[] } {
  return { Successful, ...(Failed.length > 0 && { Failed }) } as { Successful: readonly S[]; Failed: readonly BatchResultErrorEntry[] };
}
