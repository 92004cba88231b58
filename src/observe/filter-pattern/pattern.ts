// The filter pattern language of CloudWatch Logs: what FilterLogEvents, Live Tail, metric and subscription filters select events with.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
//
//   ERROR -"by peer"  ?a ?b     terms          terms.ts
//   %^[45]\d\d%                 regex alone    regex.ts
//   { $.a.b[0] = "x*" && … }    JSON events    json.ts
//   [ip, ..., status=4*]        space-delimited fields   fields.ts

import { parseFieldsPattern } from "./fields.ts";
import { InvalidFilterPattern } from "./invalid.ts";
import { parseJsonPattern } from "./json.ts";
import { parseTermsPattern } from "./terms.ts";

export interface FilterPattern {
  matches(message: string): boolean;
  /** The values that a matching event gives to the pattern's fields: "$.eventType" or "$ip" → text. Empty for terms. */
  extract(message: string): Record<string, string>;
  /** A text that every matching message contains, where there is one: a whole chunk without it is passed over. */
  readonly requires?: string;
}

const everything: FilterPattern = { matches: () => true, extract: () => ({}) };

/** Throws InvalidFilterPattern. The empty pattern matches every event. */
export function parseFilterPattern(text: string): FilterPattern {
  const pattern = text.trim();
  if (pattern === "") return everything;
  if (pattern.startsWith("{")) return parseJsonPattern(inside(pattern, "{", "}"));
  if (pattern.startsWith("[")) return parseFieldsPattern(inside(pattern, "[", "]"));
  return parseTermsPattern(pattern);
}

function inside(pattern: string, open: string, close: string): string {
  if (pattern.length < 2 || !pattern.endsWith(close)) {
    throw new InvalidFilterPattern(`If a filter pattern starts with '${open}' it must end with '${close}'`);
  }
  return pattern.slice(1, -1);
}
