// What /next hands to a runtime, and what the runtime hands back: the vocabulary between this room and invoke/.

export interface RuntimeEvent {
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly invokedArn: string;
  readonly payload: Uint8Array;
  /** Echoed by the runtime if it likes; another value is refused. */
  readonly invocationId: string;
  readonly traceHeader?: string | undefined;
  /** JSON text. */
  readonly clientContext?: string | undefined;
  /** Takes the answer while it comes, if the runtime streams it; without one a streamed answer is gathered. */
  readonly stream?: ResponseSink | undefined;
}

export interface ResponseSink {
  readonly bytesMax: number;
  readonly hasBegun: boolean;
  /** The head of a streamed answer came. */
  begin(contentType: string | undefined): void;
  /** False: nothing more is to be written before `onRoom` is called. */
  write(bytes: Buffer, onRoom: () => void): boolean;
}

/** The outcome of an invocation as the runtime posted it. */
export type RuntimeResponse =
  | { readonly kind: "response"; readonly body: Buffer; readonly contentType: string | undefined; readonly isStreamed: boolean }
  | { readonly kind: "error"; readonly body: Buffer; readonly contentType: string | undefined; readonly errorType: string }
  | { readonly kind: "too-large"; readonly bytesMax: number }
  | { readonly kind: "invalid-mode" }
  | { readonly kind: "truncated" };

export interface RuntimeInitError {
  readonly body: Buffer;
  readonly errorType: string;
}

/** invoke/'s environment implements this; every call is made at most once per step of the runtime's state machine. */
export interface RuntimeListener {
  /** /next is parked: the runtime is ready for an event, and whatever it worked on is over. */
  onReady(): void;
  /** The connection that held the parked /next is gone; the runtime may come again. */
  onAway(): void;
  /** `requestId` is given where several invocations may be out. */
  onResponse(response: RuntimeResponse, requestId?: string): void;
  onInitError(error: RuntimeInitError): void;
}

const VALID_ERROR_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;

/** The header Lambda-Runtime-Function-Error-Type as it enters logs and telemetry (AWS's emulator, fatalerror.go). */
export function validErrorType(header: string | undefined): string {
  if (header === undefined) return "Runtime.Unknown";
  if (VALID_ERROR_TYPE.test(header)) return header;
  return header.startsWith("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}
