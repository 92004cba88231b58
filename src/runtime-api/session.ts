// What the routes and the environments need of a session: one that serves an invocation at a time (runtime-session.ts), or several (shared-session.ts).

import type { Socket } from "node:net";
import type { Answer } from "./answer.ts";
import type { Exchange } from "./connection.ts";
import type { ExtensionRegistry } from "./extension-registry.ts";
import type { ResponseSink, RuntimeEvent, RuntimeInitError, RuntimeResponse } from "./runtime-event.ts";
import type { RuntimeStateName } from "./runtime-state.ts";
import type { Subscription } from "./subscription.ts";

export interface Session {
  readonly extensions: ExtensionRegistry;
  readonly responseBytesMax: number;
  /** False from endRuntime() or close() to open(): there is no runtime. */
  readonly isOpen: boolean;
  /** Before the first /next: extensions may still register. */
  readonly isStarting: boolean;
  /** The runtime waits for an event, and the extensions for theirs. */
  readonly isSettled: boolean;
  /** A connection from inside the sandbox. */
  connect(socket: Socket): void;
  /** Answers a parked /next. Only while one is parked. */
  deliver(event: RuntimeEvent): void;
  endRuntime(): void;
  close(): void;
  open(): void;
  /** GET /next. */
  next(exchange: Exchange): void;
  /** POST /init/error. */
  initError(error: RuntimeInitError): Answer | undefined;
  subscribe(identifier: string | undefined, subscription: Subscription): Answer;
  refuseTransition(to: RuntimeStateName): Answer;
  answerOf(requestId: string): AnswerSession;
}

/** The answer to one invocation, as its runtime posts it. */
export interface AnswerSession {
  readonly responseBytesMax: number;
  /** Takes the answer while it comes, if its caller reads it so. */
  readonly stream: ResponseSink | undefined;
  /** The head of an answer came; undefined allows its body, and finish() or abandon() must follow. */
  begin(requestId: string, exchange: Exchange, to: "InvocationResponse" | "InvocationErrorResponse"): Answer | undefined;
  finish(response: RuntimeResponse): void;
  /** The connection broke midway. */
  abandon(): void;
  refuseTransition(to: RuntimeStateName): Answer;
}
