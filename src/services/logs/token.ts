// Places in a listing as opaque texts, and the ids of events. What is not of our making is refused with AWS's sentence.

import type { Position } from "../../observe/log-page.ts";
import { invalidToken } from "./refusals.ts";

/** For listings by name. */
export function tokenOf(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Throws InvalidParameterException. `kinds` are the types that the place must have. */
export function placeOf(token: string, kinds: readonly ("string" | "number")[]): (string | number)[] {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch (cause) {
    throw Object.assign(invalidToken(), { cause });
  }
  const fits = Array.isArray(place) && place.length === kinds.length && kinds.every((kind, i) => typeof (place as unknown[])[i] === kind);
  if (!fits) throw invalidToken();
  return place as (string | number)[];
}

const DIGITS = 56;
const NUMBER_DIGITS = 16;

/** AWS's event ids have 56 digits and ascend with the event's time; ours are its timestamp, its seq, and zeros. */
export function eventIdOf({ ms, seq }: Position): string {
  // One more, since a place before the first event of a millisecond has the seq -1.
  const digits = String(ms).padStart(NUMBER_DIGITS, "0") + String(seq + 1).padStart(NUMBER_DIGITS, "0");
  return digits.padEnd(DIGITS, "0");
}

export function positionOf(digits: string): Position {
  const [ms, next] = [0, NUMBER_DIGITS].map((from) => Number(digits.slice(from, from + NUMBER_DIGITS)));
  return { ms: ms!, seq: next! - 1 };
}

/** GetLogEvents moves both ways: "f/…/s" forward and "b/…/s" backward from a place. */
export function directedToken(direction: "f" | "b", position: Position): string {
  return `${direction}/${eventIdOf(position)}/s`;
}

/** Throws InvalidParameterException. */
export function directedPlace(token: string): { readonly direction: "f" | "b"; readonly position: Position } {
  const [, direction, digits] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? [];
  if (direction === undefined || digits === undefined) throw invalidToken();
  return { direction: direction as "f" | "b", position: positionOf(digits) };
}
