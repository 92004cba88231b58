// Event streams out: one binary message per event, sent as it comes.
//
//   | total length 4 | headers length 4 | CRC32 of these 8 | headers … | payload … | CRC32 of all before 4 |
//   header: | name length 1 | name | type 1 (7 = string) | value length 2 | value |

import { crc32 } from "node:zlib";
import { writeJson, writeJsonMembers } from "./json-value.ts";
import { bufferOf } from "./message.ts";
import type { OperationPlan } from "./service-model.ts";
import type { LinkedShape, Member } from "./shape-graph.ts";
import { writeXmlRoot } from "./xml-value.ts";

export const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";

type Bag = Record<string, unknown>;

export interface EventStreamOptions {
  readonly format: "json" | "xml";
  /** RPC protocols send the output's other members first. */
  readonly initialResponse?: Bag;
}

const STRING_HEADER = 7;
const OVERHEAD_BYTES = 16;

/** Each event is an object with one member of the union; a member that is an exception ends the stream. */
export async function* encodeEventStream(
  operation: OperationPlan,
  union: LinkedShape,
  events: AsyncIterable<Bag>,
  options: EventStreamOptions,
): AsyncGenerator<Uint8Array> {
  if (options.initialResponse) {
    const members = operation.output!.members.filter((member) => !member.shape.traits.eventstream);
    yield frame(
      { ":message-type": "event", ":event-type": "initial-response", ":content-type": "application/json" },
      JSON.stringify(writeJsonMembers(members, options.initialResponse)),
    );
  }
  for await (const event of events) {
    const member = union.members.find((candidate) => event[candidate.name] !== undefined);
    if (!member) throw new TypeError(`${operation.name} produced an event that its model does not have`);
    yield encodeEvent(member, event[member.name] as Bag, options.format);
    if (member.shape.traits.exception) return;
  }
}

function encodeEvent(member: Member, event: Bag, format: "json" | "xml"): Uint8Array {
  const headers: Record<string, string> = member.shape.traits.exception
    ? { ":message-type": "exception", ":exception-type": member.name }
    : { ":message-type": "event", ":event-type": member.name };
  const payload = member.shape.members.find((candidate) => candidate.ref.eventpayload);
  if (payload?.shape.type === "blob") {
    headers[":content-type"] = "application/octet-stream";
    return frame(headers, (event[payload.name] as Uint8Array | undefined) ?? "");
  }
  if (member.shape.members.length === 0) return frame(headers, "");
  headers[":content-type"] = format === "json" ? "application/json" : "text/xml";
  return frame(headers, format === "json" ? eventJson(member, payload, event) : eventXml(member, payload, event));
}

function eventJson(member: Member, payload: Member | undefined, event: Bag): string {
  return JSON.stringify(payload ? writeJson(payload, event[payload.name]) : writeJsonMembers(member.shape.members, event));
}

function eventXml(member: Member, payload: Member | undefined, event: Bag): string {
  return payload ? writeXmlRoot(payload.shape.name, payload, event[payload.name]) : writeXmlRoot(member.shape.name, member, event);
}

/** One message. `headers` are all strings. */
export function frame(headers: Readonly<Record<string, string>>, payload: Uint8Array | string): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = typeof payload === "string" ? Buffer.from(payload, "utf8") : bufferOf(payload);
  const message = Buffer.allocUnsafe(OVERHEAD_BYTES + head.length + body.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  body.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

function encodeHeader(name: string, value: string): Buffer {
  const text = Buffer.from(value, "utf8");
  const head = Buffer.from([name.length, ...Buffer.from(name, "latin1"), STRING_HEADER, text.length >> 8, text.length & 0xff]);
  return Buffer.concat([head, text]);
}
