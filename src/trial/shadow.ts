// A shadow as it is written down: whose events are copied to whom, how many of them, under which guard, and how answers are compared.

import type { ShadowRow } from "./shadow.procs.ts";

export interface ShadowRules {
  /** Of events, 0 to 1. */
  readonly sample: number;
  /** isolated: no network, no exposed services, and no call to this server that writes. none: the candidate does what it does. */
  readonly guard: "isolated" | "none";
  /** Paths of answers that are not compared. */
  readonly ignore: readonly string[];
  readonly tolerance: number;
}

export interface Shadow extends Omit<ShadowRow, "rules" | "is_running" | "created_at"> {
  readonly rules: ShadowRules;
  readonly isRunning: boolean;
  readonly createdAtMs: number;
}

export function shadowOf({ rules, is_running, created_at, ...row }: ShadowRow): Shadow {
  return { ...row, rules: JSON.parse(rules) as ShadowRules, isRunning: is_running === 1, createdAtMs: created_at };
}

/** What a candidate's name says: a version or alias of the same function, or another function with or without one. */
export function candidateOf(candidate: string, name: string): { readonly name: string; readonly qualifier: string | undefined } {
  const [first = "", second] = candidate.split(":");
  if (second !== undefined) return { name: first === "" ? name : first, qualifier: second };
  return /^\d+$/.test(first) || first === "$LATEST" ? { name, qualifier: first } : { name: first, qualifier: undefined };
}
