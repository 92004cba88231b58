// Timestamps in the three forms that AWS's protocols use.

import { MalformedRequest } from "./malformed.ts";
import type { TimestampFormat } from "./model.ts";
import type { Member } from "./shape-graph.ts";

const RFC822 = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}(\.\d+)? (GMT|UTC|[+-]\d{4})$/;
const ISO8601 = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const DATE_MS_MAX = 8.64e15;

export function timestampFormat(member: Member, otherwise: TimestampFormat): TimestampFormat {
  return member.ref.timestampFormat ?? member.shape.traits.timestampFormat ?? otherwise;
}

/** Any of the three forms, as AWS's own parsers are lenient. Throws MalformedRequest. */
export function readTimestamp(value: unknown): Date {
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? parseText(value) : Number.NaN;
  if (!(Math.abs(ms) <= DATE_MS_MAX)) throw new MalformedRequest(`${JSON.stringify(value) ?? typeof value} is not a valid timestamp`);
  return new Date(Math.round(ms));
}

function parseText(text: string): number {
  if (RFC822.test(text) || ISO8601.test(text)) return Date.parse(text);
  return /^-?\d+(\.\d+)?([eE]\+?\d+)?$/.test(text) ? Number(text) * 1000 : Number.NaN;
}

export function writeTimestamp(value: Date, format: TimestampFormat): string | number {
  if (format === "unixTimestamp") return value.getTime() / 1000;
  if (format === "rfc822") return value.toUTCString();
  return value.getUTCMilliseconds() === 0 ? `${value.toISOString().slice(0, 19)}Z` : value.toISOString();
}
