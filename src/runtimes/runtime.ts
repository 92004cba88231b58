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

/** Whether the program of an OS-only runtime stands with the code or, only, in a layer. */
export type BootstrapPlace = "task" | "layers";

export type Variables = Readonly<Record<string, string>>;

export interface RuntimeLaunch {
  /** What the shape of its sandboxes has: interpreter and guest. */
  readonly mounts: readonly RuntimeMount[];
  /**
   * argv of a guest that is started before the function is known, for functions of this memory size: Node.js sizes its heap when it starts.
   * Undefined for a function with variables that are read only at start; absent for OS-only runtimes.
   */
  earlyFor?(memoryMb: number, variables: Variables): readonly string[] | undefined;
  /**
   * argv, paths as found inside. `variables` are those the process will get: AWS_LAMBDA_EXEC_WRAPPER, NODE_OPTIONS and the memory size
   * change the command of managed runtimes. `bootstrapIn` is for OS-only runtimes.
   */
  argv(paths: RuntimePaths, variables?: Variables, bootstrapIn?: BootstrapPlace): readonly string[];
  /** NODE_PATH, PYTHONPATH: lower in precedence than the function's own variables. */
  defaults(paths: RuntimePaths): Variables;
  /** AWS_EXECUTION_ENV: higher in precedence. */
  readonly reserved: Variables;
  /** "python:3.12.v1": goes into INIT_START. */
  readonly versionName: string;
  /** A sentence when the interpreter is not the exact version asked for. */
  readonly warning?: string;
}

/** Managed runtimes of one language. */
export interface RuntimeFamily {
  readonly language: Language;
  /** Runtime id → the version asked for: a major one for Node.js, a minor one for Python. */
  readonly versions: Readonly<Record<string, number>>;
  launch(id: string, interpreter: FoundInterpreter): RuntimeLaunch;
}

export type Language = "nodejs" | "python";

/** What an interpreter says about itself when it is run. */
export interface Interpreter {
  /** The program itself, behind shims, links and virtual environments. */
  readonly executable: string;
  /** The directory that holds its bin/ and lib/. */
  readonly prefix: string;
  /** [24, 21, 0] */
  readonly version: readonly number[];
  /** It loads a shared library from its prefix, by that path. */
  readonly bound: boolean;
  /** Options that not every version of it knows. */
  readonly options: readonly string[];
}

export interface FoundInterpreter extends Interpreter {
  /** The prefix holds more of a person than this interpreter (their home, ~/.local): only what it needs may be shown. */
  readonly isShared: boolean;
  /** A sentence when it is newer than asked for. */
  readonly warning?: string;
}

/** AWS runs the wrapper with the command of the runtime as its arguments; through a shell, so that a missing one is exit status 127, as there. */
export function wrapped(argv: readonly string[], variables: Variables): readonly string[] {
  const wrapper = variables.AWS_LAMBDA_EXEC_WRAPPER;
  return wrapper === undefined ? argv : ["/bin/sh", "-c", 'exec "$@"', "sh", wrapper, ...argv];
}
