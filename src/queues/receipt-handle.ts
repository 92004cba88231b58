// Receipt handles: which lease of which message, and since when, with a seal so that no other text passes for one.

import { hash } from "node:crypto";
import type { Receipt } from "../store/queue/queue.ts";

export interface Handle extends Receipt {
  readonly queueId: number;
  readonly receivedAtMs: number;
}

const PREFIX = "AQEB";
const NUMBER_BYTES = 6;
const NUMBERS = 4;
const SEALED_BYTES = NUMBERS * NUMBER_BYTES;
const SEAL_BYTES = 6;

export function handleText({ queueId, id, receiveCount, receivedAtMs }: Handle, salt: string): string {
  const bytes = Buffer.allocUnsafe(SEALED_BYTES + SEAL_BYTES);
  for (const [place, value] of [queueId, id, receiveCount, receivedAtMs].entries()) {
    bytes.writeUIntBE(value, place * NUMBER_BYTES, NUMBER_BYTES);
  }
  bytes.write(sealOf(bytes, salt), SEALED_BYTES, "hex");
  return PREFIX + bytes.toString("base64");
}

/** undefined: it is none of ours. */
export function readHandle(text: string, salt: string): Handle | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const bytes = Buffer.from(text.slice(PREFIX.length), "base64");
  if (bytes.byteLength !== SEALED_BYTES + SEAL_BYTES) return undefined;
  if (bytes.toString("hex", SEALED_BYTES) !== sealOf(bytes, salt)) return undefined;
  const numberAt = (place: number) => bytes.readUIntBE(place * NUMBER_BYTES, NUMBER_BYTES);
  return { queueId: numberAt(0), id: numberAt(1), receiveCount: numberAt(2), receivedAtMs: numberAt(3) };
}

/** Hexadecimal. One call of hash() costs half of what a Hash object does, and every message needs two. */
function sealOf(bytes: Buffer, salt: string): string {
  return hash("md5", salt + bytes.toString("latin1", 0, SEALED_BYTES)).slice(0, 2 * SEAL_BYTES);
}
