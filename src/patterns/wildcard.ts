// "dir/*.png": any run of characters for each star. The texts between the stars are searched one after the other, each as far to the left as it
// goes, so that no pattern and no event can make it go back: the time is linear in the length of the value.

import { PatternError } from "./pattern-error.ts";
import { type CompileTest, onText, textOf } from "./test-value.ts";

export const wildcard: CompileTest = (operand) => {
  const pieces = split(textOf(operand, "wildcard match pattern must be a string"));
  return onText((value) => matches(value, pieces));
};

function matches(value: string, pieces: readonly string[]): boolean {
  const [first = "", ...middle] = pieces;
  const last = middle.pop();
  if (last === undefined) return first !== "" && value === first; // no star; AWS: an empty pattern matches nothing
  let at = first.length;
  if (!value.startsWith(first)) return false;
  for (const piece of middle) {
    const found = value.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

/** The texts around the stars. Positions in refusals are AWS's: in bytes, behind the quote that it puts before the pattern. */
function split(pattern: string): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  const refuse = (what: string, at: number) => new PatternError(`${what} at pos ${1 + Buffer.byteLength(pattern.slice(0, at))}`);
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "*") {
      if (pattern[at + 1] === "*") throw refuse("Consecutive wildcard characters", at);
      pieces.push(piece);
      piece = "";
    } else if (character === "\\") {
      const next = pattern[at + 1];
      if (next !== "*" && next !== "\\") throw refuse("Invalid escape character", at);
      piece += next;
      at++;
    } else piece += character;
  }
  return [...pieces, piece];
}
