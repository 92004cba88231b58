// What the main thread and a SQLite thread say to each other. One batch is run at a time; its answers come back as one or two messages: of those
// that need not be on the disk once it is committed, of the others once it is flushed too.

import type { StoreErrorCode } from "../database.ts";

/** A writer runs procs and migrates at its start; a reader sees snapshots of a file that a writer keeps. */
export interface ThreadOptions {
  readonly role: "writer" | "reader";
  /** A file, or ":memory:". */
  readonly path: string;
  readonly synchronous: "FULL" | "NORMAL";
  /** Which part of the migrations belongs in this file. */
  readonly schema: "main" | "logs";
  /** Where a copy goes before an older schema is changed. Absent: no copy (memory). */
  readonly backupDirectory?: string;
  /** Version of the program, kept with every migration it applies. */
  readonly program: string;
}

export type Kind = "run" | "read";
export type Request = readonly [id: number, kind: Kind, name: string, args: unknown];
export type ToThread = { readonly type: "batch"; readonly requests: readonly Request[] } | { readonly type: "close" };

export interface Failure {
  readonly code: StoreErrorCode;
  readonly message: string;
  /** Where in the thread it happened, for the log. */
  readonly stack?: string | undefined;
}

export type Answer = readonly [id: number, ok: true, value: unknown] | readonly [id: number, ok: false, failure: Failure];

export type FromThread =
  | { readonly type: "ready"; readonly procs: readonly string[] }
  /** The file cannot be served: `code` is a PlatformError's. */
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  /** The next batch may come. `isFlushing`: answers are held back until "flushed". */
  | { readonly type: "committed"; readonly answers: readonly Answer[]; readonly wakes: readonly string[]; readonly isFlushing: boolean }
  | { readonly type: "flushed"; readonly answers: readonly Answer[] }
  /** The thread ends itself; what was under way has an unknown outcome. */
  | { readonly type: "fatal"; readonly failure: Failure }
  | { readonly type: "closed" };
