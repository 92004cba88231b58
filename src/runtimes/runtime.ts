// A runtime as data: what must be mounted, what is started, which variables it adds. runtimes.ts is the table.

import type { Mount, SandboxPaths } from "../sandbox/sandbox.ts";

export interface RuntimeLaunch {
  /** What the shape of its sandboxes has: interpreter and guest. */
  readonly mounts: readonly Mount[];
  /** argv of a guest that may be started before the function is known; absent for OS-only runtimes. */
  readonly early?: readonly string[];
  /** argv, paths as found inside; the first entry that exists wins for OS-only runtimes (bootstrap in the code, then in /opt). */
  argv(paths: SandboxPaths): readonly string[];
  /** PATH, LD_LIBRARY_PATH, NODE_PATH …: lower in precedence than the function's own variables. */
  defaults(paths: SandboxPaths): Readonly<Record<string, string>>;
  /** AWS_EXECUTION_ENV …: higher in precedence. */
  reserved: Readonly<Record<string, string>>;
  /** "python:3.12.v1": goes into INIT_START. */
  readonly versionName: string;
  /** A sentence when the interpreter is not the exact version asked for. */
  readonly warning?: string;
}
