// The Runtime API of one environment: which call is allowed when, and what it means to the environment. It survives the runtime process: after a
// crash, close() drops what the dead one left, and open() admits the next one. Texts and order of checks: AWS's emulator, internal/lambda/rapi.

import type { Socket } from "node:net";
import type { Answer } from "./answer.ts";
import { invalidInvocationId, invalidRequestId, invalidTransition, subscriptionClosed } from "./answer.ts";
import type { Exchange } from "./connection.ts";
import { Connections } from "./connections.ts";
import { renderEventHead } from "./event-head.ts";
import { type ExtensionListener, ExtensionRegistry, type FunctionFacts } from "./extension-registry.ts";
import type { ResponseSink, RuntimeEvent, RuntimeInitError, RuntimeListener, RuntimeResponse } from "./runtime-event.ts";
import { mayMove, type RuntimeStateName } from "./runtime-state.ts";
import type { AnswerSession, Session } from "./session.ts";
import type { Subscription } from "./subscription.ts";

/** A runtime needs one or two; more than this of one sandbox are closed at once. */
const CONNECTIONS_MAX = 256;

export interface SessionParts {
  /** AWS: 6 MiB + 100. */
  readonly responseBytesMax: number;
  /** Told to extensions. */
  readonly facts: FunctionFacts;
  readonly uuid: () => string;
}

export class RuntimeSession implements Session, AnswerSession {
  readonly responseBytesMax: number;
  readonly extensions: ExtensionRegistry;
  readonly #listener: RuntimeListener;
  readonly #connections = new Connections(this, CONNECTIONS_MAX);
  #state: RuntimeStateName = "Started";
  /** There is a runtime, or is going to be one. */
  #isOpen = true;
  /** Nothing inside is listened to. */
  #isClosed = false;
  #parked: Exchange | undefined;
  #event: RuntimeEvent | undefined;
  #wasCut = false;
  /** No event was delivered yet. */
  #isFresh = true;

  constructor(listener: RuntimeListener & ExtensionListener, parts: SessionParts) {
    this.#listener = listener;
    this.responseBytesMax = parts.responseBytesMax;
    this.extensions = new ExtensionRegistry(parts.facts, parts.uuid, listener);
  }

  /** False from endRuntime() or close() to open(): there is no runtime. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Before the first /next: extensions may still register. */
  get isStarting(): boolean {
    return this.#isOpen && this.#state === "Started";
  }

  get isParked(): boolean {
    return this.#parked !== undefined;
  }

  /** Takes the answer of the event that is out, if its caller reads it while it comes. */
  get stream(): ResponseSink | undefined {
    return this.#event?.stream;
  }

  /** Nothing inside works any more: the runtime and its extensions wait for what comes next. */
  get isSettled(): boolean {
    return this.#parked !== undefined && this.extensions.areReady;
  }

  /** A connection from inside the sandbox. */
  connect(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    else this.#connections.add(socket);
  }

  /** Answers the parked /next. Only while it is parked. */
  deliver(event: RuntimeEvent): void {
    this.#isFresh = false;
    this.#event = event;
    this.#wasCut = false;
    this.#move("Running");
    this.#answerNext();
    if (this.extensions.count > 0) this.extensions.invoke(event);
  }

  /** The runtime is gone: nothing that it still sent counts. External extensions stay until close(): they get a SHUTDOWN event. */
  endRuntime(): void {
    this.#isOpen = false;
    this.#parked = undefined;
    this.#event = undefined;
    if (!this.extensions.hasExternal) this.close();
  }

  /** Nothing that is or was inside counts. open() admits the next ones. */
  close(): void {
    this.#isOpen = false;
    this.#isClosed = true;
    this.#parked = undefined;
    this.#event = undefined;
    this.#connections.close();
  }

  open(): void {
    this.#state = "Started";
    this.#isFresh = true;
    this.extensions.clear();
    this.#isOpen = true;
    this.#isClosed = false;
  }

  /** GET /next. A second call while an event is out gets the same event again, as on AWS's emulator. */
  next(exchange: Exchange): void {
    if (!this.#isOpen || !mayMove(this.#state, "Ready")) {
      exchange.answer(invalidTransition(this.#state, "Ready"));
    } else if (this.#state === "Running" && !this.#wasCut) {
      this.#park(exchange);
      this.#answerNext();
    } else {
      this.#becomeReady(exchange);
    }
  }

  /** The head of an answer came; undefined allows its body, and finish() or abandon() must follow. */
  begin(requestId: string, exchange: Exchange, to: "InvocationResponse" | "InvocationErrorResponse"): Answer | undefined {
    if (!this.#isOpen || !mayMove(this.#state, to)) return invalidTransition(this.#state, to);
    if (requestId !== this.#event?.requestId) return invalidRequestId;
    const echoed = exchange.head.headers["lambda-runtime-invocation-id"];
    if (echoed !== undefined && echoed !== this.#event.invocationId) return invalidInvocationId;
    this.#move(to);
    return undefined;
  }

  finish(response: RuntimeResponse): void {
    if (!this.#isOpen) return;
    this.#move("RuntimeResponseSentState");
    this.#listener.onResponse(response);
  }

  /** The connection broke midway. The runtime may post again; if it asks for the next event instead, the answer counts as truncated. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#wasCut = true;
    this.#move("Running");
  }

  /** PUT /telemetry and /logs: possible until the init is over. */
  subscribe(identifier: string | undefined, subscription: Subscription): Answer {
    if (this.#isFresh) return this.extensions.subscribe(identifier, subscription);
    return this.extensions.refusalOf(identifier) ?? subscriptionClosed[subscription.api];
  }

  /** POST /init/error. */
  initError(error: RuntimeInitError): Answer | undefined {
    if (!this.#isOpen || !mayMove(this.#state, "InitError")) return invalidTransition(this.#state, "InitError");
    this.#move("InitError");
    this.#listener.onInitError(error);
    return undefined;
  }

  /** Its own: begin() looks at the id. */
  answerOf(): AnswerSession {
    return this;
  }

  /** For calls that are refused in every state, by their name. */
  refuseTransition(to: RuntimeStateName): Answer {
    return invalidTransition(this.#state, to);
  }

  #move(to: RuntimeStateName): void {
    this.#state = to;
  }

  #becomeReady(exchange: Exchange): void {
    const isAgain = this.#state === "Ready" && this.isParked;
    this.#park(exchange);
    if (this.#state === "Running") this.#listener.onResponse({ kind: "truncated" });
    this.#move("Ready");
    this.#event = undefined;
    if (!isAgain) this.#listener.onReady();
  }

  #park(exchange: Exchange): void {
    this.#parked = exchange;
    exchange.onGone(() => {
      if (this.#parked !== exchange) return;
      this.#parked = undefined;
      this.#listener.onAway();
    });
  }

  #answerNext(): void {
    const exchange = this.#parked;
    const event = this.#event;
    this.#parked = undefined;
    if (exchange === undefined || event === undefined) return;
    exchange.answerRaw(renderEventHead(event), event.payload);
  }
}
