// InvokeWithResponseStream: Invoke, answered while the function answers. What cannot begin is an error of HTTP; what fails later stands in the
// event that ends the stream.
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html

import type { InvocationResult } from "../../../invoke/invocation.ts";
import { invokeStreaming, type StreamedAnswer } from "../../../invoke/invoke-streaming.ts";
import { ServiceError } from "../../../lib/errors.ts";
import type {
  InvokeWithResponseStreamCompleteEvent,
  InvokeWithResponseStreamRequest,
  InvokeWithResponseStreamResponse,
  InvokeWithResponseStreamResponseEvent,
} from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { unsupported } from "../refusals.ts";
import { invocableName } from "./invocable-name.ts";
import { resolvedVersion } from "./resolved-version.ts";
import { synchronousInvocation } from "./synchronous-invocation.ts";

export async function invokeWithResponseStream(
  input: InvokeWithResponseStreamRequest,
  call: Call,
  lambda: Lambda,
): Promise<InvokeWithResponseStreamResponse> {
  if (input.TenantId !== undefined) throw unsupported("TenantId");
  const resolved = await resolvedVersion(lambda, await invocableName(input, call, lambda));
  const invocation = synchronousInvocation(input, resolved, call, lambda);
  if (input.InvocationType === "DryRun") return { StatusCode: 204 };
  const invoke = lambda.invoker.invoke.bind(lambda.invoker);
  const answer = await invokeStreaming(invocation, call.signal, { invoke, limits: lambda.streaming });
  call.responseHeaders["X-Amzn-Trace-Id"] = invocation.traceHeader;
  return { StatusCode: 200, ExecutedVersion: resolved.version.version, EventStream: eventsOf(answer) };
}

async function* eventsOf({ pieces, result }: StreamedAnswer): AsyncGenerator<InvokeWithResponseStreamResponseEvent> {
  for await (const Payload of pieces) yield { PayloadChunk: { Payload } };
  yield { InvokeComplete: await completion(result) };
}

/** ErrorCode says of a function's error no more than Invoke's FunctionError; ErrorDetails is what Invoke would have had as its payload. */
async function completion(result: Promise<InvocationResult>): Promise<InvokeWithResponseStreamCompleteEvent> {
  try {
    const { functionError, payload, logTail } = await result;
    const error = functionError && { ErrorCode: functionError, ErrorDetails: Buffer.from(payload).toString("utf8") };
    return { ...error, LogResult: logTail };
  } catch (error) {
    // AWS: how the platform's own failure ends a stream is not documented.
    if (error instanceof ServiceError) return { ErrorCode: error.code, ErrorDetails: error.message };
    throw error;
  }
}
