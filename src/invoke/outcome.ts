// What the caller gets for each way an invocation can end: payloads and error types of AWS (facts: recorded from AWS, lifecycle §5).

import type { RuntimeInitError, RuntimeResponse } from "../runtime-api/runtime-event.ts";
import type { Exit } from "../sandbox/sandbox.ts";
import type { Failure } from "./log-lines.ts";

export interface Outcome {
  readonly payload: Uint8Array;
  readonly contentType?: string | undefined;
  /** True: answered with X-Amz-Function-Error: Unhandled. */
  readonly isError: boolean;
  /** What REPORT says at its end. */
  readonly failure?: Failure | undefined;
}

/** Where the program was looked for, so that a missing one can be told from one that cannot be executed. */
export interface Entrypoint {
  readonly program: string;
  readonly exists: boolean;
}

export function fromResponse(response: RuntimeResponse, requestId: string): Outcome {
  switch (response.kind) {
    case "response":
      return { payload: response.body, contentType: response.contentType, isError: false };
    case "error":
      // A handler's own error is no failure of the invocation: AWS's REPORT lines do not show it.
      return { payload: response.body, contentType: response.contentType, isError: true };
    case "too-large":
      return responseTooLarge(response.bytesMax);
    case "invalid-mode":
      return runtimeError("Runtime.InvalidResponseModeHeader", requestId, "Invalid function response mode");
    case "truncated":
      return runtimeError("Runtime.TruncatedResponse", requestId, "HTTP request detected as truncated");
  }
}

export function fromTimeout(requestId: string, timeoutMs: number): Outcome {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return { payload: json({ errorType: "Sandbox.Timedout", errorMessage }), isError: true, failure: { status: "timeout" } };
}

/** The runtime process ended before it answered. */
export function fromExit(exit: Exit, requestId: string, entrypoint: Entrypoint | undefined): Outcome {
  return runtimeError(exitErrorType(exit), requestId, exitMessage(exit, entrypoint));
}

/** `errorType`: "Extension.Crash". AWS's texts; what it says beside InitError and ExitError is not recorded. */
export function fromExtension(errorType: string, program: string, exit: Exit | undefined, requestId: string): Outcome {
  return runtimeError(errorType, requestId, exit === undefined ? errorType : extensionExitText(exit, program));
}

function extensionExitText(exit: Exit, program: string): string {
  switch (exit.kind) {
    case "code":
      return exit.code === 0 ? "exit code 0" : `exit status ${exit.code}`;
    case "signal":
      return `signal: ${SIGNAL_NAMES[exit.signal] ?? exit.signal}`;
    case "not-started":
      return `fork/exec ${program}: ${ERRNO_NAMES[exit.errno] ?? exit.errno}`;
    default:
      return "signal: killed";
  }
}

/** What the runtime posted to /init/error goes to the caller as it is. */
export function fromInitError(error: RuntimeInitError): Outcome {
  return { payload: error.body, contentType: "application/json", isError: true, failure: errorOf(error.errorType) };
}

export function exitErrorType(exit: Exit): string {
  if (exit.kind === "out-of-memory") return "Runtime.OutOfMemory";
  return exit.kind === "not-started" ? "Runtime.InvalidEntrypoint" : "Runtime.ExitError";
}

const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
  SIGILL: "illegal instruction",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGTERM: "terminated",
  SIGPIPE: "broken pipe",
  SIGINT: "interrupt",
  SIGHUP: "hangup",
  SIGQUIT: "quit",
  SIGTRAP: "trace/breakpoint trap",
  SIGSYS: "bad system call",
  SIGALRM: "alarm clock",
  SIGUSR1: "user defined signal 1",
  SIGUSR2: "user defined signal 2",
};

const ERRNO_NAMES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  ENOEXEC: "exec format error",
};

function exitMessage(exit: Exit, entrypoint: Entrypoint | undefined): string {
  switch (exit.kind) {
    case "code":
      return exit.code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: exit status ${exit.code}`;
    case "signal":
      return `Runtime exited with error: signal: ${SIGNAL_NAMES[exit.signal] ?? exit.signal}${exit.coreDumped ? " (core dumped)" : ""}`;
    case "out-of-memory":
      return "Runtime exited with error: signal: killed"; // AWS: the text beside Runtime.OutOfMemory is not recorded; this is its older one
    case "not-started":
      if (entrypoint === undefined || (exit.errno === "ENOENT" && !entrypoint.exists))
        return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
      return `fork/exec ${entrypoint.program}: ${ERRNO_NAMES[exit.errno] ?? exit.errno}`;
    case "stopped":
      return "Runtime exited with error: signal: killed";
  }
}

/** The order of the keys is the recorded one. */
function responseTooLarge(bytesMax: number): Outcome {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${bytesMax} bytes).`;
  return { payload: json({ errorMessage, errorType: "Function.ResponseSizeTooLarge" }), isError: true };
}

function runtimeError(errorType: string, requestId: string, message: string): Outcome {
  const payload = json({ errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` });
  return { payload, isError: true, failure: errorOf(errorType) };
}

function errorOf(errorType: string): Failure {
  return { status: "error", errorType };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
