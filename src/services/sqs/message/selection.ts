// Which attributes of a message a receiver wants to see: all, those it names, or those whose names begin alike ("order.*").

import type { ReceiveMessageRequest } from "../../../models/sqs.ts";
import { type MessageAttributes, md5OfAttributes } from "../../../queues/message-attributes.ts";

const EVERYTHING = new Set(["All", ".*", "*"]);

export class Selection {
  readonly #system: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  readonly #isAll: boolean;

  constructor({
    AttributeNames = [],
    MessageSystemAttributeNames = [],
    MessageAttributeNames: names = [],
  }: Partial<ReceiveMessageRequest>) {
    this.#system = new Set<string>([...AttributeNames, ...MessageSystemAttributeNames]);
    this.#isAll = names.some((name) => EVERYTHING.has(name));
    this.#names = new Set(names);
    this.#prefixes = names.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, -2));
  }

  /** undefined where none is wanted, or there is none. */
  systemAttributes(all: Readonly<Record<string, string>>): Record<string, string> | undefined {
    if (this.#system.size === 0) return undefined;
    if (this.#system.has("All")) return { ...all };
    const wanted = Object.entries(all).filter(([name]) => this.#system.has(name));
    return wanted.length === 0 ? undefined : Object.fromEntries(wanted);
  }

  /** The MD5 is of what is shown. */
  userAttributes(all: MessageAttributes): { MessageAttributes?: MessageAttributes; MD5OfMessageAttributes?: string | undefined } {
    const wanted = this.#isAll ? all : Object.fromEntries(Object.entries(all).filter(([name]) => this.#wants(name)));
    if (Object.keys(wanted).length === 0) return {};
    return { MessageAttributes: wanted, MD5OfMessageAttributes: md5OfAttributes(wanted) };
  }

  #wants(name: string): boolean {
    return this.#names.has(name) || this.#prefixes.some((prefix) => name.startsWith(prefix));
  }
}
