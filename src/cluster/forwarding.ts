// An invocation on its way to another node and its answer: what stands in the heads of request and answer; payloads are the bodies, as bytes.
// An answer that streams has another form: streamed-answer.ts.

import type { Invocation, InvocationResult } from "../invoke/invocation.ts";
import { ServiceError } from "../lib/errors.ts";
import type { NodeAnswer } from "./node-client.ts";
import type { DoorAnswer } from "./node-door.ts";

export interface VersionName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: string;
}

/** Of the function only its name: the other node knows the rest, by its own catalogue. */
export interface ForwardedHead {
  readonly name: VersionName;
  readonly invocation: Omit<Invocation, "version" | "payload" | "stream">;
  /** The caller takes a streamed answer, of so many bytes at most. */
  readonly streamBytesMax?: number;
}

export function headOf({ version: of, payload: _, stream, ...invocation }: Invocation): string {
  const { account, region, name, version } = of;
  const streamed = stream === undefined ? {} : { streamBytesMax: stream.bytesMax };
  return pack({ name: { account, region, name, version }, invocation, ...streamed } satisfies ForwardedHead);
}

export function readHead(head: string): ForwardedHead {
  return unpack(head) as ForwardedHead;
}

/** The node takes no work, or does not know the function: nothing was started. */
export const NOT_HERE: DoorAnswer = { status: 503, body: "not here\n" };

export function answerOf({ payload, ...rest }: InvocationResult): DoorAnswer {
  return { status: 200, head: pack(rest), body: payload };
}

/** `error` as the caller is to see it. */
export function failureOf({ code, status, message, fields }: ServiceError): DoorAnswer {
  return { status: 500, head: pack({ code, status, message, fields }), body: "" };
}

/** "not-here": may be placed anew. Throws the ServiceError that the other node has answered. */
export function resultOf({ status, head, body }: NodeAnswer): InvocationResult | "not-here" {
  if (status === 200) return { ...(unpack(head) as Omit<InvocationResult, "payload">), payload: body };
  if (status === 503) return "not-here";
  if (head === "") throw new ServiceError("ServiceException", 500, "The node that was to run the function refused.");
  const { code, status: httpStatus, message, fields } = unpack(head) as ServiceError;
  throw new ServiceError(code, httpStatus, message, { fields });
}

function pack(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function unpack(text: string): unknown {
  return JSON.parse(Buffer.from(text, "base64url").toString());
}
