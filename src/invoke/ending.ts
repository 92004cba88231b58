// What is told of an asynchronous invocation's end, and to whom: the destination for its condition, and the function's dead-letter queue.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

import { type FunctionRecord, LATEST, latestOf } from "../functions/function-record.ts";
import { type AsyncEvent, type Delivery, type End, endRecord } from "./async-event.ts";
import type { InvocationResult } from "./invocation.ts";

const ERROR_MESSAGE_BYTES_MAX = 1_024;
const THROTTLED = { status: "429", message: "Rate Exceeded." } as const;

/** None where nobody wants to know. Both may want to: AWS sends to each. */
export function deliveriesOf(record: FunctionRecord | undefined, event: AsyncEvent, payload: string, end: End): readonly Delivery[] {
  const config = record?.eventInvokes.get(event.qualifier ?? LATEST);
  const destination = end.condition === "Success" ? config?.onSuccess : config?.onFailure;
  const told = destination === undefined ? [] : [{ destination, record: endRecord(event, payload, end) }];
  // Of the function as a whole: versions use that of $LATEST.
  const deadLetters = record === undefined || record.versions.size === 0 ? undefined : latestOf(record).settings.deadLetterArn;
  if (end.condition === "Success" || deadLetters === undefined) return told;
  return [...told, { destination: deadLetters, record: payload, attributes: deadLetterAttributes(event, end.result) }];
}

function deadLetterAttributes({ requestId }: AsyncEvent, result: InvocationResult | undefined): NonNullable<Delivery["attributes"]> {
  const message = result === undefined ? THROTTLED.message : errorMessageOf(result);
  return {
    RequestID: { DataType: "String", StringValue: requestId },
    ErrorCode: { DataType: "Number", StringValue: result === undefined ? THROTTLED.status : "200" },
    // A message attribute must not be empty.
    ...(message === "" ? {} : { ErrorMessage: { DataType: "String", StringValue: message } }),
  };
}

/** Its beginning, cut between two characters. */
function errorMessageOf({ payload }: InvocationResult): string {
  const text = Buffer.from(payload).toString("utf8");
  const message = Buffer.from(memberOf(text) ?? text);
  if (message.byteLength <= ERROR_MESSAGE_BYTES_MAX) return message.toString("utf8");
  return message
    .subarray(0, ERROR_MESSAGE_BYTES_MAX)
    .toString("utf8")
    .replace(/\ufffd$/, "");
}

function memberOf(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as { errorMessage?: unknown } | null;
    return typeof value?.errorMessage === "string" ? value.errorMessage : undefined;
  } catch {
    return undefined;
  }
}
