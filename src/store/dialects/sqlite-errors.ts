// SQLite's result codes as ours, and which of them this process must not survive. https://sqlite.org/rescode.html

import type { Failure } from "./sqlite-messages.ts";

const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CONSTRAINT = 19;
const NOTADB = 26;
/** The WAL index could not grow: a full disk by another name. */
const IOERR_SHMSIZE = IOERR | (19 << 8);

/** The extended result code, or undefined when `error` is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code : undefined;
}

/** What went wrong with one proc; an error that is not SQLite's is the proc's own, hence a bug of ours. */
export function failureOf(error: unknown, during: string): Failure {
  const message = `${during}: ${error instanceof Error ? error.message : String(error)}`;
  const stack = error instanceof Error ? error.stack : undefined;
  const code = resultCode(error);
  if (code === undefined) return { code: "bug", message, stack };
  return { code: codeOf(code), message, stack };
}

function codeOf(code: number): Failure["code"] {
  switch (code & 0xff) {
    case CONSTRAINT:
      return "constraint";
    case BUSY:
    case LOCKED:
      return "busy";
    case FULL:
    case IOERR:
    case CORRUPT:
    case NOTADB:
      return "unavailable";
    default:
      return "bug";
  }
}

/**
 * After a failed read, write or flush nobody knows what the disk holds (a second fsync may claim success): only a fresh process may go on.
 * A full disk is not such an error: SQLite has rolled back.
 */
export function mustEndProcess(error: unknown): boolean {
  const code = resultCode(error);
  if (code === undefined || code === IOERR_SHMSIZE) return false;
  const primary = code & 0xff;
  return primary === IOERR || primary === CORRUPT || primary === NOTADB;
}
