// The extensions of one environment: who is expected, who registered, who still works. Texts and order of checks: AWS's emulator, rapi/handler/agent*.go.

import { type Answer, accepted, refusal } from "./answer.ts";
import type { Exchange } from "./connection.ts";
import { Extension, type ExtensionEvent, type ExtensionState } from "./extension.ts";
import type { RuntimeEvent } from "./runtime-event.ts";
import type { Subscription } from "./subscription.ts";

export interface FunctionFacts {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

export interface ExtensionListener {
  /** Every external extension is registered: the runtime may start. */
  onExtensionsRegistered(): void;
  /** All of them are at /next. */
  onExtensionsReady(): void;
  /** Within its bounds, from an extension that is registered, while that is possible. */
  onSubscription(extension: Extension, subscription: Subscription): void;
  /** It posted to init/error or exit/error, and is expected to exit. */
  onExtensionError(extension: Extension): void;
}

export interface Registration {
  readonly name: string | undefined;
  readonly body: Buffer;
  readonly wantsAccount: boolean;
  /** No more of those that the runtime process registers. */
  readonly isClosed: boolean;
}

/** AWS: "You can register up to 10 extensions for a function." */
export const EXTENSIONS_MAX = 10;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EVENTS: readonly string[] = ["INVOKE", "SHUTDOWN"];
const forbidden = (type: string, message: string) => refusal(403, type, message);
const missingErrorType = forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");

const subscribed: Answer = { status: 200, contentType: "application/json", body: '"OK"' };
/** AWS: "any attempt to subscribe using the other API returns an error", whose text is not recorded. */
const subscribedElsewhere = {
  telemetry: refusal(400, "ValidationError", "the extension is subscribed by the Logs API already"),
  logs: refusal(400, "Logs.ValidationError", "the extension is subscribed by the Telemetry API already"),
} as const;

export class ExtensionRegistry {
  readonly #facts: FunctionFacts;
  readonly #uuid: () => string;
  readonly #listener: ExtensionListener;
  /** Multi-concurrent environments have no INVOKE event. */
  readonly #hasInvokeEvent: boolean;
  readonly #extensions = new Map<string, Extension>(); // by identifier
  /** Not at /next. */
  #working = 0;
  #unregistered = 0;

  constructor(facts: FunctionFacts, uuid: () => string, listener: ExtensionListener, hasInvokeEvent = true) {
    this.#facts = facts;
    this.#uuid = uuid;
    this.#listener = listener;
    this.#hasInvokeEvent = hasInvokeEvent;
  }

  get all(): readonly Extension[] {
    return [...this.#extensions.values()];
  }

  get count(): number {
    return this.#extensions.size;
  }

  get hasExternal(): boolean {
    return this.all.some((extension) => extension.isExternal);
  }

  get areRegistered(): boolean {
    return this.#unregistered === 0;
  }

  /** True also where there is none. */
  get areReady(): boolean {
    return this.#working === 0;
  }

  named(name: string): Extension | undefined {
    return this.all.find((extension) => extension.isExternal && extension.name === name);
  }

  /** After a reset all register anew. */
  clear(): void {
    this.#extensions.clear();
    this.#working = 0;
    this.#unregistered = 0;
  }

  /** Before these programs are started. */
  expect(names: readonly string[]): void {
    for (const name of names) this.#add(new Extension(name, true, this.#uuid()));
    this.#unregistered = names.length;
  }

  register(registration: Registration): Answer {
    const { name, body } = registration;
    if (!name) return forbidden("Extension.InvalidExtensionName", "Empty extension name");
    const events = eventsOf(body);
    if (events instanceof Error) return forbidden("InvalidRequestFormat", events.message);
    const expected = this.named(name);
    const invalid = this.#invalidEvent(events, expected !== undefined);
    if (invalid !== undefined) return forbidden("InvalidEventType", invalid);
    return expected === undefined
      ? this.#registerInternal(name, events, registration)
      : this.#registerExternal(expected, events, registration);
  }

  /** GET /event/next. */
  next(identifier: string | undefined, exchange: Exchange): void {
    const extension = this.find(identifier);
    if (!(extension instanceof Extension)) exchange.answer(extension);
    else if (!extension.mayBecome("Ready")) exchange.answer(wrongState(extension, "Ready"));
    else this.#park(extension, exchange);
  }

  #park(extension: Extension, exchange: Exchange): void {
    const wasReady = extension.isReady;
    extension.park(exchange);
    if (wasReady || !extension.isReady) return;
    this.#working--;
    if (this.#working === 0) this.#listener.onExtensionsReady();
  }

  /** POST /init/error and /exit/error. */
  fail(identifier: string | undefined, to: "InitError" | "ExitError", errorType: string | undefined): Answer {
    const extension = this.find(identifier);
    if (!(extension instanceof Extension)) return extension;
    if (!errorType) return missingErrorType;
    if (!extension.mayBecome(to)) return wrongState(extension, to);
    if (extension.isReady) this.#working++;
    extension.state = to;
    extension.errorType = errorType;
    this.#listener.onExtensionError(extension);
    return accepted;
  }

  subscribe(identifier: string | undefined, subscription: Subscription): Answer {
    const extension = this.find(identifier);
    if (!(extension instanceof Extension)) return extension;
    if (extension.subscribedBy !== undefined && extension.subscribedBy !== subscription.api) return subscribedElsewhere[subscription.api];
    extension.subscribedBy = subscription.api;
    this.#listener.onSubscription(extension, subscription);
    return subscribed;
  }

  refusalOf(identifier: string | undefined): Answer | undefined {
    const extension = this.find(identifier);
    return extension instanceof Extension ? undefined : extension;
  }

  /** The extension, or why not. */
  find(identifier: string | undefined): Extension | Answer {
    if (!identifier) return forbidden("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
    if (!UUID.test(identifier)) return forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    const extension = this.#extensions.get(identifier);
    const isKnown = extension !== undefined && extension.state !== "Started";
    return isKnown ? extension : forbidden("Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier");
  }

  /** To those that want it; each is at /next. */
  invoke({ deadlineMs, requestId, invokedArn, traceHeader = "" }: RuntimeEvent): void {
    const tracing = { type: "X-Amzn-Trace-Id", value: traceHeader };
    this.#deliver("INVOKE", { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn: invokedArn, tracing });
  }

  /** Internal extensions get no such event. */
  shutdown(shutdownReason: string, deadlineMs: number): void {
    this.#deliver("SHUTDOWN", { eventType: "SHUTDOWN", shutdownReason, deadlineMs });
  }

  #deliver(kind: ExtensionEvent, event: object): void {
    for (const extension of this.#extensions.values()) {
      if (!extension.wants(kind)) continue;
      if (extension.isReady) this.#working++;
      const headers = `Lambda-Extension-Event-Identifier: ${this.#uuid()}\r\n`;
      extension.deliver({ status: 200, contentType: "application/json", body: JSON.stringify(event), headers });
    }
  }

  #registerExternal(extension: Extension, events: readonly ExtensionEvent[], { wantsAccount }: Registration): Answer {
    if (!extension.mayBecome("Registered")) return wrongState(extension, "Registered");
    extension.state = "Registered";
    extension.events = events;
    this.#unregistered--;
    if (this.#unregistered === 0) queueMicrotask(() => this.#listener.onExtensionsRegistered()); // behind its own answer
    return this.#welcome(extension, wantsAccount);
  }

  #registerInternal(name: string, events: readonly ExtensionEvent[], { wantsAccount, isClosed }: Registration): Answer {
    if (isClosed) return forbidden("Extension.RegistrationClosed", "Extension registration closed already");
    if (this.all.some((other) => other.name === name))
      return forbidden("Extension.InvalidExtensionState", "Extension with this name already registered");
    if (this.count >= EXTENSIONS_MAX) return forbidden("Extension.TooManyExtensions", `Extension limit (${EXTENSIONS_MAX}) reached`);
    const extension = new Extension(name, false, this.#uuid());
    extension.state = "Registered";
    extension.events = events;
    this.#add(extension);
    return this.#welcome(extension, wantsAccount);
  }

  #add(extension: Extension): void {
    this.#extensions.set(extension.identifier, extension);
    this.#working++;
  }

  #welcome({ identifier }: Extension, wantsAccount: boolean): Answer {
    const { accountId, ...facts } = this.#facts;
    const answer = JSON.stringify(wantsAccount ? { ...facts, accountId } : facts);
    return { status: 200, contentType: "application/json", body: answer, headers: `Lambda-Extension-Identifier: ${identifier}\r\n` };
  }

  /** The message of the refusal. */
  #invalidEvent(events: readonly ExtensionEvent[], isExternal: boolean): string | undefined {
    const unknown = events.find((event) => !EVENTS.includes(event) || (event === "INVOKE" && !this.#hasInvokeEvent));
    if (unknown !== undefined) return `${unknown}: ErrorInvalidEventType`;
    return !isExternal && events.includes("SHUTDOWN") ? "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension" : undefined;
  }
}

function wrongState({ name, state }: Extension, to: ExtensionState): Answer {
  const message = `State transition from ${state} to ${to} failed for extension ${name}. Error: State transition is not allowed`;
  return forbidden("Extension.InvalidExtensionState", message);
}

function eventsOf(body: Buffer): ExtensionEvent[] | Error {
  try {
    const { events, configurationKeys = [] } = JSON.parse(body.toString("utf8"));
    if (configurationKeys.length > 0) return new Error("configurationKeys are deprecated; use environment variables instead");
    return [...new Set((events ?? []) as ExtensionEvent[])];
  } catch (error) {
    return error as Error;
  }
}
