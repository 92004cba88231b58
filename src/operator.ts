// How a server speaks to whoever runs it: one line each on standard error. Handed to platform.ts by the command that starts it.

import { PlatformError } from "./lib/errors.ts";

export interface Operator {
  /** Of this program: kept with the schema that it writes. */
  readonly version: string;
  /** Something to know; nothing has failed. */
  note(sentence: string): void;
  /** Something failed that no caller was told of, or a bug. `error` is undefined where the message says it all. */
  warn(message: string, error: unknown): void;
  /** The process must end at once: going on could lose data. */
  fatal(message: string, error: unknown): void;
}

export function consoleOperator(version: string, write: (text: string) => void, exit: () => void): Operator {
  return {
    version,
    note: (sentence) => write(`lambent: ${sentence}\n`),
    warn: (message, error) => write(error === undefined ? `lambent: ${message}.\n` : `lambent: ${message}: ${describe(error)}\n`),
    fatal(message, error) {
      write(`lambent: ${message}: ${describe(error)}\nlambent ends now; what was acknowledged is on disk.\n`);
      exit();
    },
  };
}

/** An operator's own failure is a sentence; anything else is a bug and keeps its stack. */
function describe(error: unknown): string {
  if (error instanceof PlatformError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
