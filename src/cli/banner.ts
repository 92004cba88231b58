// What `lambent start` says once it answers: where, with what, and what does not hold on this machine.

import { DEFAULT_ENDPOINT } from "./connection.ts";
import type { Context } from "./context.ts";
import { colorsFor } from "./screen.ts";

export interface ServerFacts {
  readonly endpoint: string;
  readonly version: string;
  /** Undefined: nothing is kept. */
  readonly dataDirectory: string | undefined;
  /** Where the rows are when not in the data directory, without a password. */
  readonly store?: string | undefined;
  readonly auth: "open" | "enforce";
  /** Sentences about isolation and limits, the most important first. */
  readonly notes: readonly string[];
}

const AUTH = {
  open: "open: any access key, from this machine only",
  enforce: "enforce: signatures are verified; IAM policies of callers are not evaluated yet",
} as const;

export function banner(facts: ServerFacts, context: Pick<Context, "stdout" | "environment">): string {
  const { bold, cyan, dim } = colorsFor(context.stdout, context.environment);
  const line = (name: string, text: string) => `  ${dim(name.padEnd(9))}${text}\n`;
  const program = context.environment.npm_lifecycle_event === undefined ? "lambent" : "npm run -s lambent --"; // as it was started itself
  const endpointOption = facts.endpoint === DEFAULT_ENDPOINT ? "" : ` --endpoint-url ${facts.endpoint}`;
  return [
    `\n  ${bold("lambent")} ${facts.version}  ${bold(cyan(facts.endpoint))}\n\n`,
    line("data", facts.dataDirectory ?? "in memory: gone when lambent stops"),
    ...(facts.store === undefined ? [] : [line("store", facts.store)]),
    line("access", AUTH[facts.auth]),
    ...facts.notes.map((note, index) => line(index === 0 ? "sandbox" : "", note)),
    line("use", `eval "$(${program} env${endpointOption})"  then aws, cargo lambda, SDKs …`),
    line("stop", "Ctrl-C\n"),
  ].join("");
}
