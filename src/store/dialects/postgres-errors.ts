// PostgreSQL's and the network's errors as ours. https://www.postgresql.org/docs/15/errcodes-appendix.html

import { PlatformError } from "../../lib/errors.ts";
import { StoreError, type StoreErrorCode } from "../database.ts";

const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const READ_ONLY = "25006";
const IDLE_IN_TRANSACTION = "25P03";
const LOCK_NOT_AVAILABLE = "55P03";
const QUERY_CANCELED = "57014";

/** Five characters when the server has answered; undefined when it has not, or the error is the proc's own. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === "string" && typeof severity === "string" ? code : undefined;
}

/** The same proc may do it at the next try: somebody else's transaction was in the way, and this one is rolled back. */
export function mayRetry(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
}

export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** The server has answered this error to a COMMIT: it is rolled back for certain. Anything else leaves the outcome open. */
export function isRolledBack(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !endsConnection(state);
}

/** What went wrong with one proc; an error that is neither the server's nor the connection's is the proc's own, hence a bug of ours. */
export function failureOf(error: unknown, during: string, kind: "run" | "read"): StoreError {
  if (error instanceof StoreError) return error;
  const message = `${during}: ${error instanceof Error ? error.message : String(error)}`;
  const state = sqlState(error);
  if (state === undefined) return new StoreError(isNetworkError(error) ? "unavailable" : "bug", message, { cause: error });
  return new StoreError(codeOf(state, kind), message, { cause: error });
}

function codeOf(state: string, kind: "run" | "read"): StoreErrorCode {
  if (state === READ_ONLY) return kind === "read" ? "bug" : "unavailable"; // a standby, or a database set read-only
  if (mayRetryState(state) || state === LOCK_NOT_AVAILABLE || state === QUERY_CANCELED) return "busy";
  if (endsConnection(state)) return "unavailable";
  switch (state.slice(0, 2)) {
    case "23": // integrity constraint violation
    case "22": // data exception: text with U+0000, a fraction for an integer
      return "constraint";
    case "53": // insufficient resources: disk full, out of memory, too many connections
    case "58": // system error
    case "XX": // internal error, damaged data
      return "unavailable";
    default:
      return "bug";
  }
}

function mayRetryState(state: string): boolean {
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
}

/** Connection exceptions, and a server that shuts down, has crashed, starts or drops the session. */
function endsConnection(state: string): boolean {
  return state.startsWith("08") || state.startsWith("57P") || state === IDLE_IN_TRANSACTION;
}

/** `pg` rejects with plain errors when a connection ends under a query. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (typeof (error as NodeJS.ErrnoException).syscall === "string" || (error as NodeJS.ErrnoException).code === "ECONNRESET") return true;
  return /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired)/.test(error.message);
}

export function connectionFailed(error: unknown, where: string): StoreError {
  return new StoreError("unavailable", `${where} cannot be reached: ${reasonOf(error)}`, { cause: error });
}

/** Why the server cannot start on this database. `where` names host and database and no password. */
export function startRefused(error: unknown, where: string): unknown {
  if (error instanceof PlatformError) return error;
  switch (sqlState(error)) {
    case "28P01":
    case "28000":
      return new PlatformError("store-login-refused", `${where} refuses the login: ${reasonOf(error)}.`, { cause: error });
    case "3D000":
      return new PlatformError("store-unusable", `${where} does not exist. Create it: createdb -E UTF8 -T template0 NAME.`, {
        cause: error,
      });
    case "42501":
      return new PlatformError("store-unusable", `${where}: ${reasonOf(error)}. Its role must own the schema it uses.`, { cause: error });
    case "3F000":
      return new PlatformError("store-unusable", `${where}: ${reasonOf(error)}.`, { cause: error });
    default:
      return new PlatformError("store-unreachable", `${where} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
}

/** Node's error for several addresses at once has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
