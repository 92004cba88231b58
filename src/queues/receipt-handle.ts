// Receipt handles: which lease of which message, and since when, with a seal so that no other text passes for one.

import { createHash } from "node:crypto";
import type { Receipt } from "../store/queue/queue.ts";

export interface Handle extends Receipt {
  readonly queueId: number;
  readonly receivedAtMs: number;
}

const PREFIX = "AQEB";
const NUMBER_BYTES = 6;
const NUMBERS = 4;
const SEAL_BYTES = 6;
const BYTES = NUMBERS * NUMBER_BYTES + SEAL_BYTES;

export function handleText({ queueId, id, receiveCount, receivedAtMs }: Handle, salt: string): string {
  const bytes = Buffer.alloc(BYTES);
  for (const [place, value] of [queueId, id, receiveCount, receivedAtMs].entries()) {
    bytes.writeUIntBE(value, place * NUMBER_BYTES, NUMBER_BYTES);
  }
  sealOf(bytes, salt).copy(bytes, BYTES - SEAL_BYTES, 0, SEAL_BYTES);
  return PREFIX + bytes.toString("base64");
}

/** undefined: it is none of ours. */
export function readHandle(text: string, salt: string): Handle | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const bytes = Buffer.from(text.slice(PREFIX.length), "base64");
  if (bytes.byteLength !== BYTES) return undefined;
  if (
    !sealOf(bytes, salt)
      .subarray(0, SEAL_BYTES)
      .equals(bytes.subarray(BYTES - SEAL_BYTES))
  )
    return undefined;
  const numberAt = (place: number) => bytes.readUIntBE(place * NUMBER_BYTES, NUMBER_BYTES);
  return { queueId: numberAt(0), id: numberAt(1), receiveCount: numberAt(2), receivedAtMs: numberAt(3) };
}

function sealOf(bytes: Buffer, salt: string): Buffer {
  return createHash("md5")
    .update(salt)
    .update(bytes.subarray(0, BYTES - SEAL_BYTES))
    .digest();
}
