// What a check of `lambent doctor` has found, in words that a person can act on.

export interface Finding {
  /** What was looked at: "sandbox stem", "port 4566". */
  readonly subject: string;
  /** problem: `lambent start` will not work like this. note: something is missing that not everybody needs. */
  readonly level: "good" | "note" | "problem";
  readonly words: string;
}
