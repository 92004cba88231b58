// Query strings and form bodies, taken apart without losing what SigV4 or a repeated name would need.

import { MalformedRequest } from "./malformed.ts";

/** Decodes percent-encoding. Throws MalformedRequest on a bad or incomplete sequence. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new MalformedRequest(`Bad percent-encoding: ${text.slice(0, 200)}`, { cause });
  }
}

/** Names and values in their order, a plus sign being a space. Throws MalformedRequest on bad percent-encoding or too many. */
export function parseQuery(text: string, countMax = 10_000): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let from = 0; from < text.length; ) {
    const next = text.indexOf("&", from);
    const end = next < 0 ? text.length : next;
    if (end > from) {
      if (pairs.length === countMax) throw new MalformedRequest(`The request has more than ${countMax} parameters.`);
      const equals = text.indexOf("=", from);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      pairs.push([decodeForm(text.slice(from, nameEnd)), nameEnd === end ? "" : decodeForm(text.slice(nameEnd + 1, end))]);
    }
    from = end + 1;
  }
  return pairs;
}

const decodeForm = (text: string) => decodePercent(text.includes("+") ? text.replaceAll("+", " ") : text);
