// A request's filter pattern, or the refusal of one that cannot be read.

import { InvalidFilterPattern } from "../../observe/filter-pattern/invalid.ts";
import { type FilterPattern, parseFilterPattern } from "../../observe/filter-pattern/pattern.ts";
import { invalidParameter } from "./refusals.ts";

/** Throws InvalidParameterException. */
export function patternOf(text: string | undefined): FilterPattern {
  try {
    return parseFilterPattern(text ?? "");
  } catch (error) {
    if (!(error instanceof InvalidFilterPattern)) throw error;
    // Recorded: FilterLogEvents says the first sentence alone for a brace that is not closed, Live Tail the second for a bad term.
    throw invalidParameter(
      error.message.startsWith("If a filter pattern") ? error.message : `Invalid filter pattern: ${error.message}`,
      error,
    );
  }
}
