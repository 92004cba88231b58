// Message attributes: how they are kept beside the body, how much they weigh, and AWS's MD5 of them.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import { createHash } from "node:crypto";

export interface MessageAttribute {
  /** "String", "Number" or "Binary", with a label of the sender's after a dot. */
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const TEXT = 1;
const BINARY = 2;

/** undefined where there are none. Every SDK compares it with its own. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Uint8Array) => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!; // one of its keys
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Uint8Array.of(BinaryValue === undefined ? TEXT : BINARY));
    add(BinaryValue ?? Buffer.from(StringValue ?? ""));
  }
  return hash.digest("hex");
}

/** What counts toward the size of a message: names, types and values. */
export function bytesOfAttributes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + (BinaryValue?.byteLength ?? Buffer.byteLength(StringValue ?? ""));
  }
  return bytes;
}

/** [type, text] or [type, base64 of the bytes, 1]. */
export type KeptAttribute = readonly [type: string, value: string, isBinary?: 1];

export function keepAttributes(attributes: MessageAttributes): Readonly<Record<string, KeptAttribute>> {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => {
    const kept: KeptAttribute =
      BinaryValue === undefined ? [DataType, StringValue ?? ""] : [DataType, Buffer.from(BinaryValue).toString("base64"), 1];
    return [name, kept] as const;
  });
  return Object.fromEntries(entries);
}

export function readAttributes(kept: Readonly<Record<string, KeptAttribute>>): MessageAttributes {
  const entries = Object.entries(kept).map(([name, [DataType, value, isBinary]]) => {
    return [name, isBinary === 1 ? { DataType, BinaryValue: Buffer.from(value, "base64") } : { DataType, StringValue: value }] as const;
  });
  return Object.fromEntries(entries);
}
