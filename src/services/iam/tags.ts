// Tags of roles and policies: kept in the order of their keys, at most 50, keys told apart without regard to case.

import type { Tag } from "../../models/iam.ts";
import { invalidInput, limitExceeded } from "./refusals.ts";

const TAGS_MAX = 50;

/** `text`: the column's JSON. */
export function parseTags(text: string): Tag[] {
  return JSON.parse(text) as Tag[];
}

/** The column's JSON of a new thing's tags. Throws ServiceError InvalidInput for a key that stands twice. */
export function formatTags(tags: readonly Tag[] = []): string {
  const keys = tags.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length) throw invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  return JSON.stringify(tags.toSorted((a, b) => (a.Key < b.Key ? -1 : 1)));
}

/** Runs inside procs, so it must be pure: undefined when there would be too many. */
export function changeTags(text: string, added: readonly Tag[], removed: readonly string[]): string | undefined {
  const gone = new Set([...removed, ...added.map(({ Key }) => Key)].map((key) => key.toLowerCase()));
  const kept = parseTags(text).filter(({ Key }) => !gone.has(Key.toLowerCase()));
  return kept.length + added.length > TAGS_MAX ? undefined : formatTags([...kept, ...added]);
}

export function tooManyTags(): Error {
  return limitExceeded(`Cannot exceed quota for TagsPerResource: ${TAGS_MAX}`);
}
