// Property selectors of JSON patterns: `$.a.b[0]`, `$.a[*].b`, `$.*`, `$.['key.with.dots']`. They lead to the values of one parsed event.

import type { Scanner } from "./expression.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

type Segment = { readonly key: string } | { readonly index: number } | "any";

export interface Selector {
  /** As written, without spaces: "$.users[0].email". */
  readonly text: string;
  readonly wildcards: number;
  /** Every value that the selector leads to; none when the property is missing. */
  values(event: Json): readonly Json[];
}

const SEGMENT = /\.?\['([^']*)'\]|\[(\d+)\]|(?:\.|)\[(\*)\]|\.(\*)|\.([\p{L}\p{N}_@-]+)/uy;

/** Throws InvalidFilterPattern. */
export function readSelector(scanner: Scanner): Selector {
  if (!scanner.take("$")) throw scanner.bad();
  const from = scanner.at;
  const segments: Segment[] = [];
  for (let found = scanner.match(SEGMENT); found !== null; found = next(scanner)) segments.push(segmentOf(found));
  if (segments.length === 0) throw scanner.bad();
  return {
    text: `$${scanner.text.slice(from, scanner.at)}`,
    wildcards: segments.filter((segment) => segment === "any").length,
    values: (event) => segments.reduce((values, segment) => values.flatMap((value) => step(value, segment)), [event]),
  };
}

/** Segments follow each other without spaces: `$.a .b` is an error, not a longer path. */
function next(scanner: Scanner): RegExpExecArray | null {
  return /\s/.test(scanner.text[scanner.at] ?? "") ? null : scanner.match(SEGMENT);
}

function segmentOf([, quoted, index, anyElement, anyMember, name]: RegExpExecArray): Segment {
  if (anyElement !== undefined || anyMember !== undefined) return "any";
  if (index !== undefined) return { index: Number(index) };
  return { key: quoted ?? name ?? "" };
}

function step(value: Json, segment: Segment): readonly Json[] {
  if (typeof value !== "object" || value === null) return [];
  if (segment === "any") return Object.values(value) as Json[];
  if ("index" in segment) return Array.isArray(value) && segment.index < value.length ? [value[segment.index] as Json] : [];
  if (Array.isArray(value) || !Object.hasOwn(value, segment.key)) return [];
  return [(value as { readonly [key: string]: Json })[segment.key]!];
}
