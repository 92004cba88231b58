// An asynchronous invocation while it waits: what its message carries beside the payload, and the record that tells a destination of its end.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

import type { InvocationResult } from "./invocation.ts";
import type { EndCondition } from "./retry.ts";

export interface AsyncEvent {
  readonly requestId: string;
  /** undefined: the caller named none. */
  readonly qualifier?: string | undefined;
  readonly clientContext?: string | undefined;
  readonly traceHeader?: string | undefined;
  readonly acceptedMs: number;
  /** Attempts that ended with an error of the function. */
  readonly failures: number;
  /** Attempts that were throttled, or that the platform failed; those of a delivery, once there is one. */
  readonly setbacks: number;
  /** It has ended, but these have not taken what is told of its end yet: it is not invoked again. */
  readonly deliveries?: readonly Delivery[] | undefined;
}

export interface Delivery {
  /** Its ARN. */
  readonly destination: string;
  readonly record: string;
  /** Beside the record, for dead-letter queues. */
  readonly attributes?: Readonly<Record<string, { readonly DataType: string; readonly StringValue: string }>> | undefined;
}

export function readEvent(attributes: string | null): AsyncEvent {
  return JSON.parse(attributes ?? "{}") as AsyncEvent; // written by this program
}

export interface End {
  readonly condition: "Success" | EndCondition;
  readonly functionArn: string;
  readonly invokeCount: number;
  readonly nowMs: number;
  /** undefined: no attempt had a result. */
  readonly result?: InvocationResult | undefined;
}

/** The order of the keys is the recorded one. */
export function endRecord({ requestId }: AsyncEvent, payload: string, end: End): string {
  const { condition, functionArn, invokeCount, result } = end;
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date(end.nowMs).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    requestPayload: parsed(payload),
    ...(result === undefined
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: result.executedVersion,
            ...(result.functionError === undefined ? {} : { functionError: result.functionError }),
          },
          responsePayload: parsed(Buffer.from(result.payload).toString("utf8")),
        }),
  });
}

/** What is no JSON is shown as text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
