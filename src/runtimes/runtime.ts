// A runtime as data: what must be mounted, what is started, which variables it adds. runtimes.ts is the table.

/** A host path shown read-only inside. (The same shape as sandbox/'s Mount: the two rooms do not know each other.) */
export interface RuntimeMount {
  readonly from: string;
  readonly to: string;
}

/** Where things stand inside; sandbox/'s SandboxPaths fits. */
export interface RuntimePaths {
  readonly task: string; // /var/task
  readonly layers: string; // /opt
  readonly tmp: string; // /tmp
  /** Where the `to` of a mount, or a path below it, can be reached: itself where there are namespaces. */
  mounted(path: string): string;
}

export interface RuntimeLaunch {
  /** What the shape of its sandboxes has: interpreter and guest. */
  readonly mounts: readonly RuntimeMount[];
  /** argv of a guest that may be started before the function is known; absent for OS-only runtimes. */
  readonly early?: readonly string[];
  /** argv, paths as found inside; the first entry that exists wins for OS-only runtimes (bootstrap in the code, then in /opt). */
  argv(paths: RuntimePaths): readonly string[];
  /** PATH, LD_LIBRARY_PATH, NODE_PATH …: lower in precedence than the function's own variables. */
  defaults(paths: RuntimePaths): Readonly<Record<string, string>>;
  /** AWS_EXECUTION_ENV …: higher in precedence. */
  reserved: Readonly<Record<string, string>>;
  /** "python:3.12.v1": goes into INIT_START. */
  readonly versionName: string;
  /** A sentence when the interpreter is not the exact version asked for. */
  readonly warning?: string;
}
