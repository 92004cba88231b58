// Lists in pages: the marker is the key of the last item handed out, so that items which come and go between two pages do no harm.

import { invalidParameter } from "./refusals.ts";

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextMarker?: string;
}

/** `all` in ascending order of `keyOf`, compared by `isAfter`. `itemsMax` is what one page may hold, whatever the caller asks for. */
export function pageOf<T>(
  all: Iterable<T>,
  request: PageRequest,
  itemsMax: number,
  order: { readonly keyOf: (item: T) => string; readonly isAfter: (key: string, marker: string) => boolean },
): Page<T> {
  const wanted = Math.min(request.MaxItems ?? itemsMax, itemsMax);
  const marker = request.Marker === undefined || request.Marker === "" ? undefined : readMarker(request.Marker);
  const items: T[] = [];
  for (const item of all) {
    if (marker !== undefined && !order.isAfter(order.keyOf(item), marker)) continue;
    if (items.length === wanted) return { items, NextMarker: writeMarker(order.keyOf(items.at(-1)!)) };
    items.push(item);
  }
  return { items };
}

/** For keys in the order of their code units. */
export function isAfterText(key: string, marker: string): boolean {
  return key > marker;
}

/** For keys that are numbers. */
export function isAfterNumber(key: string, marker: string): boolean {
  return Number(key) > Number(marker);
}

function writeMarker(key: string): string {
  return Buffer.from(`v1 ${key}`).toString("base64");
}

function readMarker(marker: string): string {
  const text = Buffer.from(marker, "base64").toString("utf8");
  if (!text.startsWith("v1 ")) throw invalidParameter("The provided Marker is invalid.");
  return text.slice(3);
}
