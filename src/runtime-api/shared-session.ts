// The Runtime API of an environment that serves several invocations at one time: each /next that is parked is a worker of the runtime that waits.
// Which worker answers cannot be told, and need not be: an invocation is over with its answer, a worker is free with its next /next.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html

import type { Socket } from "node:net";
import { type Answer, invalidInvocationId, invalidRequestId, invalidTransition, subscriptionClosed } from "./answer.ts";
import type { Exchange } from "./connection.ts";
import { Connections } from "./connections.ts";
import { renderEventHead } from "./event-head.ts";
import { type ExtensionListener, ExtensionRegistry } from "./extension-registry.ts";
import type { ResponseSink, RuntimeEvent, RuntimeInitError, RuntimeListener, RuntimeResponse } from "./runtime-event.ts";
import type { SessionParts } from "./runtime-session.ts";
import { mayMove, type RuntimeStateName } from "./runtime-state.ts";
import type { AnswerSession, Session } from "./session.ts";
import type { Subscription } from "./subscription.ts";

/** Beside those of its workers; more of one sandbox are closed at once. */
const CONNECTIONS_MAX = 256;

export class SharedSession implements Session {
  readonly responseBytesMax: number;
  readonly extensions: ExtensionRegistry;
  readonly #listener: RuntimeListener;
  readonly #connections: Connections;
  readonly #parked = new Set<Exchange>();
  readonly #running = new Map<string, SharedAnswer>();
  #state: "Started" | "InitError" | "Ready" = "Started";
  #isFresh = true;
  #isOpen = true;
  #isClosed = false;

  constructor(listener: RuntimeListener & ExtensionListener, parts: SessionParts, workersMax: number) {
    this.#listener = listener;
    this.responseBytesMax = parts.responseBytesMax;
    this.#connections = new Connections(this, CONNECTIONS_MAX + 2 * workersMax);
    this.extensions = new ExtensionRegistry(parts.facts, parts.uuid, listener, false);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isStarting(): boolean {
    return this.#isOpen && this.#state === "Started";
  }

  get isSettled(): boolean {
    return this.#parked.size > 0 && this.extensions.areReady;
  }

  /** Workers that wait for an event. */
  get parkedCount(): number {
    return this.#parked.size;
  }

  connect(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    else this.#connections.add(socket);
  }

  deliver(event: RuntimeEvent): void {
    this.#isFresh = false;
    const [exchange] = this.#parked;
    if (exchange === undefined) return;
    this.#parked.delete(exchange);
    this.#running.set(
      event.requestId,
      new SharedAnswer(event, this.responseBytesMax, (answer, response) => this.#answered(answer, response)),
    );
    exchange.answerRaw(renderEventHead(event), event.payload);
  }

  /** Its caller has an answer already: a later one is taken and thrown away. */
  expire(requestId: string): void {
    const answer = this.#running.get(requestId);
    if (answer !== undefined) answer.isExpired = true;
  }

  endRuntime(): void {
    this.#isOpen = false;
    this.#parked.clear();
    this.#running.clear();
    if (!this.extensions.hasExternal) this.close();
  }

  close(): void {
    this.#isOpen = false;
    this.#isClosed = true;
    this.#parked.clear();
    this.#running.clear();
    this.#connections.close();
  }

  /** AWS: such an environment is replaced, never started again. */
  open(): void {
    throw new Error("a shared session cannot be opened again");
  }

  next(exchange: Exchange): void {
    if (!this.#isOpen || this.#state === "InitError") {
      exchange.answer(invalidTransition(this.#state, "Ready"));
      return;
    }
    this.#state = "Ready";
    this.#parked.add(exchange);
    exchange.onGone(() => {
      if (this.#parked.delete(exchange)) this.#listener.onAway();
    });
    this.#listener.onReady();
  }

  initError(error: RuntimeInitError): Answer | undefined {
    if (!this.isStarting) return invalidTransition(this.#state, "InitError");
    this.#state = "InitError";
    this.#listener.onInitError(error);
    return undefined;
  }

  subscribe(identifier: string | undefined, subscription: Subscription): Answer {
    const isOffered = this.#isFresh && subscription.api === "telemetry"; // AWS: no Logs API here
    if (isOffered) return this.extensions.subscribe(identifier, subscription);
    return this.extensions.refusalOf(identifier) ?? subscriptionClosed[subscription.api];
  }

  refuseTransition(to: RuntimeStateName): Answer {
    return invalidTransition(this.#state, to);
  }

  answerOf(requestId: string): AnswerSession {
    return this.#running.get(requestId) ?? unknownAnswer;
  }

  #answered(answer: SharedAnswer, response: RuntimeResponse): void {
    if (!this.#running.delete(answer.requestId) || answer.isExpired) return;
    this.#listener.onResponse(response, answer.requestId);
  }
}

class SharedAnswer implements AnswerSession {
  readonly responseBytesMax: number;
  isExpired = false;
  readonly #event: RuntimeEvent;
  readonly #done: (answer: SharedAnswer, response: RuntimeResponse) => void;
  #state: RuntimeStateName = "Running";

  constructor(event: RuntimeEvent, responseBytesMax: number, done: (answer: SharedAnswer, response: RuntimeResponse) => void) {
    this.#event = event;
    this.responseBytesMax = responseBytesMax;
    this.#done = done;
  }

  get requestId(): string {
    return this.#event.requestId;
  }

  get stream(): ResponseSink | undefined {
    return this.isExpired ? undefined : this.#event.stream;
  }

  begin(_: string, exchange: Exchange, to: "InvocationResponse" | "InvocationErrorResponse"): Answer | undefined {
    if (!mayMove(this.#state, to)) return invalidTransition(this.#state, to);
    const echoed = exchange.head.headers["lambda-runtime-invocation-id"];
    if (echoed !== undefined && echoed !== this.#event.invocationId) return invalidInvocationId;
    this.#state = to;
    return undefined;
  }

  finish(response: RuntimeResponse): void {
    this.#done(this, response);
  }

  /** Its worker cannot be told from the others, so nothing shows whether it tries again. */
  abandon(): void {
    this.#done(this, { kind: "truncated" });
  }

  refuseTransition(to: RuntimeStateName): Answer {
    return invalidTransition(this.#state, to);
  }
}

/** For what was never delivered, or was answered already. */
const unknownAnswer: AnswerSession = {
  responseBytesMax: 0,
  stream: undefined,
  begin: () => invalidRequestId,
  finish: () => {},
  abandon: () => {},
  refuseTransition: () => invalidRequestId,
};
