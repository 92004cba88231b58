// What isolation offers to the rooms above. It knows processes, files and sockets, and nothing of Lambda.
//
//   driver.prepare(shape) ──▶ Stem (an empty sandbox, waiting) ──start(launch)──▶ Sandbox ──stop()──▶ gone
//                                 └─discard()─▶ gone                              └─restart()─▶ same namespaces, /tmp kept

import type { Socket } from "node:net";

/** One sentence that a person can act on, either way. */
export type Probe = { readonly usable: true; readonly notes: readonly string[] } | { readonly usable: false; readonly because: string };

export type Enforced = "memory" | "cpu" | "pids" | "tmp" | "network" | "files" | "freeze";

export interface SandboxDriver {
  readonly name: "stem" | "bubblewrap" | "process";
  /** What really holds here; shown by `lambent doctor`, never silently missing. */
  readonly enforces: ReadonlySet<Enforced>;
  /** Makes an empty sandbox, with nothing of a function yet: may take tens of milliseconds, called ahead of need. */
  prepare(shape: Shape, signal?: AbortSignal): Promise<Stem>;
  /** Kills everything it ever made. */
  close(): Promise<void>;
}

/** A host path shown read-only inside. */
export interface Mount {
  readonly from: string;
  readonly to: string;
}

/** Stems are pooled per distinct shape: only what every function of a runtime has in common belongs here. */
export interface Shape {
  /** Interpreters and guests, beside the host's own /usr, /bin, /lib. */
  readonly mounts: readonly Mount[];
  readonly network: "none" | "outbound";
  readonly listeners: readonly Listener[];
  /** argv (paths as seen inside) of a managed runtime to start before the function is known. It reads one JSON line {variables, cwd} on fd 0. */
  readonly early?: readonly string[];
}

/** A port that the sandbox's processes connect to and that this program answers. `host` defaults to 169.254.100.1. */
export interface Listener {
  readonly name: string;
  readonly port: number;
  /** A name that resolves to this listener inside, e.g. "db.lambent.internal". */
  readonly hostName?: string;
}

export interface Stem {
  readonly shape: Shape;
  /** False once it was started or discarded, or ended by itself. */
  readonly isReady: boolean;
  /** host:port of a listener as processes inside reach it: "169.254.100.1:9001", or "127.0.0.1:<port>" for the process driver. */
  address(listener: string): string;
  /** Who answers connections to a listener; sockets that arrive before are kept waiting. Once per listener. */
  onConnection(listener: string, accept: (socket: Socket) => void): void;
  /** Exactly once. Rejects only if the sandbox could not be set up; a missing program is an Exit with code 127. */
  start(launch: Launch): Promise<Sandbox>;
  discard(): Promise<void>;
}

/** Where things stand inside, for building argv and variables. */
export interface SandboxPaths {
  readonly task: string; // /var/task
  readonly layers: string; // /opt
  readonly tmp: string; // /tmp
  /** Translates the `to` of one of the shape's mounts, or a path below it, to where it can be reached: itself where there are namespaces. */
  mounted(path: string): string;
}

export interface Command {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** A program beside the runtime. */
export interface Companion extends Command {
  /** Tells those of one launch apart. */
  readonly name: string;
}

export interface Launch {
  /** Host directory seen as /var/task. */
  readonly code: string;
  /** Host directory seen as /opt. */
  readonly layers?: string;
  readonly command: (paths: SandboxPaths) => Command;
  /** Where there are any, start() and restart() start these alone, and startRuntime() the runtime. */
  readonly companions?: (paths: SandboxPaths) => readonly Companion[];
  readonly memoryMb: number;
  /** Of one core; 1 = 1,769 MB on AWS. Holds from holdToShare() on. */
  readonly cpuShare: number;
  readonly tmpMb: number;
  readonly pidsMax: number;
  readonly filesMax: number;
}

export interface Sandbox {
  readonly output: SandboxOutput;
  /** Of the companions, which print apart from the runtime; absent without companions. */
  readonly companionOutput: SandboxOutput | undefined;
  /** Only for a launch with companions, once after each start or restart. */
  startRuntime(): Promise<void>;
  /** A companion ended, or could not be started. Once for each start or restart; ends that restart() or stop() caused are not told. */
  onCompanionEnd(listener: (name: string, exit: Exit) => void): void;
  /** A connection to 127.0.0.1:port as processes inside have it; undefined where nobody listens. Waits while the sandbox is frozen. */
  connect(port: number): Promise<Socket | undefined>;
  /** The runtime process ended, by itself or killed. At most once per start or restart; what it had printed has been handed out before. */
  onRuntimeEnd(listener: (exit: Exit) => void): void;
  /** Resolves once, after the whole process tree is gone. */
  readonly gone: Promise<Exit>;
  /** A sandbox starts with all the CPU there is; from this call on with its share. Idempotent; does nothing without "cpu" in `enforces`. */
  holdToShare(): void;
  /** Idempotent; stop() works while frozen. Without "freeze" in `enforces` they do nothing. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): Promise<Usage>;
  /** `memoryPeakBytes` of usage() where it costs next to nothing, as after every invocation; undefined where usage() must be asked. */
  memoryPeak?(): number | undefined;
  /** To the runtime process only. */
  signal(name: "SIGTERM" | "SIGKILL"): void;
  /** Everything inside is killed and what start() started is started again; /tmp, listeners and limits stay. */
  restart(command: Launch["command"]): Promise<void>;
  /** SIGKILL to all; resolves when processes, mounts, group and sockets are gone (mostly 1 ms; after 5 s it rejects with a PlatformError). */
  stop(): Promise<Exit>;
}

/** stdout and stderr of everything inside, as one stream in the order written. */
export interface SandboxOutput {
  onData(listener: (bytes: Buffer) => void): void;
  /** Paused output is not read: the writer blocks, nothing is buffered here. */
  pause(): void;
  resume(): void;
  /** Resolves once everything written before this call has been handed to the listener (reads until it would block). */
  drained(): Promise<void>;
}

export interface Usage {
  readonly memoryBytes: number;
  /** Highest since the sandbox started. */
  readonly memoryPeakBytes: number;
  readonly cpuUs: number;
}

export type Exit =
  | { readonly kind: "code"; readonly code: number } // 126 not executable or wrong format, 127 not found: errno says which
  | { readonly kind: "signal"; readonly signal: string; readonly coreDumped?: boolean }
  | { readonly kind: "not-started"; readonly errno: "ENOENT" | "EACCES" | "ENOEXEC" | string }
  | { readonly kind: "out-of-memory" }
  | { readonly kind: "stopped" };
