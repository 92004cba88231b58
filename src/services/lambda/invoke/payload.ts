// What a payload must be before it is handed on: not too large, and one JSON document. It is handed on as the bytes that came.
// How far the second is checked, and why: docs/decisions/0010-payload-check.md.

import { isUtf8 } from "node:buffer";
import type { Limits } from "../../../functions/limits.ts";
import { ServiceError } from "../../../lib/errors.ts";
import { describeJsonFault, findJsonFault, type JsonFault } from "./json-fault.ts";

const PARSED_BYTES_MAX = 65_536;
const EMPTY = new TextEncoder().encode("{}");

/** AWS delivers an empty payload as {}. Throws AWS's RequestEntityTooLargeException or InvalidRequestContentException. */
export function checkedPayload(payload: Uint8Array | undefined, limits: Limits): Uint8Array {
  if (payload === undefined || payload.byteLength === 0) return EMPTY;
  checkSize(payload, "RequestResponse", limits.requestPayloadBytesMax);
  const fault = payload.byteLength <= PARSED_BYTES_MAX ? faultOf(payload) : roughFaultOf(payload);
  if (fault !== undefined) throw new ServiceError("InvalidRequestContentException", 400, describeJsonFault(fault));
  return payload;
}

/** The same for an asynchronous invocation. All of it is looked at: it is kept as text, and nobody waits for its answer. */
export function checkedEventPayload(payload: Uint8Array | undefined, limits: Limits): string {
  if (payload === undefined || payload.byteLength === 0) return "{}";
  checkSize(payload, "Event", limits.eventPayloadBytesMax);
  const fault = faultOf(payload);
  if (fault !== undefined) throw new ServiceError("InvalidRequestContentException", 400, describeJsonFault(fault));
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
}

function checkSize(payload: Uint8Array, type: "RequestResponse" | "Event", bytesMax: number): void {
  if (payload.byteLength <= bytesMax) return;
  const message = `${payload.byteLength} byte payload is too large for the ${type} invocation type (limit ${bytesMax} bytes)`;
  throw new ServiceError("RequestEntityTooLargeException", 413, message);
}

function faultOf(payload: Uint8Array): JsonFault | undefined {
  if (isUtf8(payload) && isJson(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"))) return undefined;
  return findJsonFault(payload);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// AWS: looks into large payloads as well; here only their encoding and their first byte are looked at.
function roughFaultOf(payload: Uint8Array): JsonFault | undefined {
  const head = payload.subarray(0, PARSED_BYTES_MAX);
  const start = head.findIndex((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  const first = String.fromCharCode(head[start] ?? 0);
  if (!isUtf8(payload) || !/["{[\-0-9tfn]/.test(first)) return findJsonFault(head);
  return undefined;
}
