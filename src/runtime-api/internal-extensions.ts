// Internal extensions: those that the runtime process itself registers. Only ones without events are offered, which is what runtimes use to be
// sent SIGTERM at the end (lambda_runtime's graceful shutdown).
// AWS: extensions may subscribe to INVOKE and SHUTDOWN, and programs in /opt/extensions are started; lambent refuses both by name.

import { type Answer, refusal } from "./answer.ts";

export interface FunctionFacts {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

const EXTENSIONS_MAX = 10;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const forbidden = (type: string, message: string) => refusal(403, `Extension.${type}`, message);

export class InternalExtensions {
  readonly #facts: FunctionFacts;
  readonly #uuid: () => string;
  readonly #names = new Map<string, string>(); // identifier → name

  constructor(facts: FunctionFacts, uuid: () => string) {
    this.#facts = facts;
    this.#uuid = uuid;
  }

  get count(): number {
    return this.#names.size;
  }

  /** After a reset the next runtime registers anew. */
  clear(): void {
    this.#names.clear();
  }

  register(name: string | undefined, body: Buffer, wantsAccount: boolean): Answer {
    if (!name) return forbidden("InvalidExtensionName", "Empty extension name");
    const events = eventsOf(body);
    if (events === undefined) return refusal(403, "InvalidRequestFormat", "The request body is not a JSON object with a list of events");
    if (events.length > 0) return refusal(501, "Extension.NotSupported", `Extensions with events are not supported: ${events.join(", ")}`);
    if (this.#names.size >= EXTENSIONS_MAX) return forbidden("TooManyExtensions", `Extension limit (${EXTENSIONS_MAX}) reached`);
    const identifier = this.#uuid();
    this.#names.set(identifier, name);
    const { accountId, ...facts } = this.#facts;
    const answer = JSON.stringify(wantsAccount ? { ...facts, accountId } : facts);
    return { status: 200, contentType: "application/json", body: answer, headers: `Lambda-Extension-Identifier: ${identifier}\r\n` };
  }

  /** undefined: it may wait. Without events it waits as long as it lives. */
  mayWait(identifier: string | undefined): Answer | undefined {
    if (identifier === undefined) return forbidden("MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
    if (!UUID.test(identifier)) return forbidden("InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    return this.#names.has(identifier) ? undefined : forbidden("UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier");
  }
}

function eventsOf(body: Buffer): string[] | undefined {
  try {
    const { events = [] } = JSON.parse(body.toString("utf8")) as { events?: unknown };
    return Array.isArray(events) ? events.map(String) : undefined;
  } catch {
    return undefined;
  }
}
