// IAM's way through long lists: MaxItems at a time, and a Marker that says after which entry to go on.

import { validationError } from "./refusals.ts";

const MAX_ITEMS = 100;

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string };
}

export function pageSize(input: PageRequest): number {
  return input.MaxItems ?? MAX_ITEMS;
}

/** The key after which the page begins; "" at the start. */
export function pageStart(input: PageRequest): string {
  if (input.Marker === undefined) return "";
  const bytes = Buffer.from(input.Marker, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== input.Marker) throw validationError("Invalid Marker.");
  return bytes.toString();
}

/** `entries`: one more than the page holds, if there are more; ordered by `keyOf`, all after `pageStart`. */
export function pageOf<T>(entries: readonly T[], input: PageRequest, keyOf: (entry: T) => string): Page<T> {
  const items = entries.slice(0, pageSize(input));
  const last = items.at(-1);
  if (entries.length <= items.length || last === undefined) return { items, more: { IsTruncated: false } };
  return { items, more: { IsTruncated: true, Marker: Buffer.from(keyOf(last)).toString("base64url") } };
}

/** The same for a list that is at hand as a whole, in the order of its keys. */
export function pageOfAll<T>(all: readonly T[], input: PageRequest, keyOf: (entry: T) => string): Page<T> {
  const start = pageStart(input);
  return pageOf(start === "" ? all : all.filter((entry) => keyOf(entry) > start), input, keyOf);
}
