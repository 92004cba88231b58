// Why a start or an invocation failed, made before it is known which of the two it ends: what the log says, what a caller gets, how long it took.

import type { Extension } from "../runtime-api/extension.ts";
import type { RuntimeInitError } from "../runtime-api/runtime-event.ts";
import type { Exit } from "../sandbox/sandbox.ts";
import { exitOutcome } from "./environment-start.ts";
import type { Failure } from "./log-lines.ts";
import { exitErrorType, fromExtension, fromInitError, fromTimeout, type Outcome } from "./outcome.ts";
import type { CodeDirectories } from "./ports.ts";

/** After /init/error the runtime is expected to exit by itself. */
export const INIT_ERROR_GRACE_MS = 500;

export interface Fault {
  readonly failure: Failure;
  /** What an invocation that it ends is said to have taken; measured where absent. */
  readonly durationMs?: number;
  outcome(requestId: string): Outcome | Promise<Outcome>;
}

/** The runtime process ended by itself. What it posted to /init/error before says more than how it ended. */
export function faultOfExit(exit: Exit, initError: RuntimeInitError | undefined, code: CodeDirectories | undefined): Fault {
  if (initError !== undefined) return faultOfInitError(initError);
  const failure: Failure = { status: "error", errorType: exitErrorType(exit) };
  return { failure, outcome: (requestId) => exitOutcome(exit, requestId, code) };
}

/** The runtime said /init/error. */
export function faultOfInitError(error: RuntimeInitError): Fault {
  return { failure: { status: "error", errorType: error.errorType }, outcome: () => fromInitError(error) };
}

/** AWS reports exactly the function's time-out, however late it was noticed. */
export function faultOfTimeout(timeoutMs: number): Fault {
  return { failure: { status: "timeout" }, durationMs: timeoutMs, outcome: (requestId) => fromTimeout(requestId, timeoutMs) };
}

/** An external extension ended, or could not be started; `exit` is absent for one that says that it is going to. */
export function faultOfExtension(extension: Extension, exit: Exit | undefined): Fault {
  const errorType = extensionErrorType(extension, exit);
  const program = `/opt/extensions/${extension.name}`;
  return { failure: { status: "error", errorType }, outcome: (requestId) => fromExtension(errorType, program, exit, requestId) };
}

function extensionErrorType({ state }: Extension, exit: Exit | undefined): string {
  if (exit?.kind === "not-started") return "Extension.LaunchError";
  return state === "InitError" || state === "ExitError" ? `Extension.${state}` : "Extension.Crash";
}
