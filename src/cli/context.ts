// What a command may touch of the process around it: handed in, so that tests run commands without one.

import type { Readable, Writable } from "node:stream";
import type { Environment } from "../config.ts";

/** A stream that may be a terminal. */
export interface Screen extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Context {
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly stdin: Readable;
  /** Results. */
  readonly stdout: Screen;
  /** Progress, warnings and errors. */
  readonly stderr: Screen;
}
