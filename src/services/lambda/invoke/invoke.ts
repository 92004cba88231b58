// Invoke: one invocation of the version that name and qualifier lead to, answered when the function has answered.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type { InvocationResult } from "../../../invoke/invocation.ts";
import { notImplemented } from "../../../lib/errors.ts";
import type { InvocationRequest, InvocationResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { unsupported } from "../refusals.ts";
import { decodeClientContext } from "./client-context.ts";
import { checkedPayload } from "./payload.ts";
import { resolvedVersion } from "./resolved-version.ts";
import { traceHeaderFor } from "./trace-header.ts";

export async function invoke(input: InvocationRequest, call: Call, lambda: Lambda): Promise<InvocationResponse> {
  refuseUnbuilt(input);
  const resolving = resolvedVersion(lambda, nameOf(call, "Invoke", input));
  const { version, invokedArn } = resolving instanceof Promise ? await resolving : resolving;
  const payload = checkedPayload(input.Payload, lambda.limits);
  const clientContext = decodeClientContext(input.ClientContext, lambda.limits);
  if (input.InvocationType === "DryRun") return { StatusCode: 204 };

  const traceHeader = traceHeaderFor(call.headers["x-amzn-trace-id"], lambda.clock, lambda.random);
  const tail = input.LogType === "Tail";
  const result = await lambda.invoker.invoke(
    {
      requestId: call.requestId,
      version,
      invokedArn,
      payload,
      traceHeader,
      tail,
      ...(clientContext === undefined ? {} : { clientContext }),
    },
    call.signal,
  );
  call.responseHeaders["X-Amzn-Trace-Id"] = traceHeader;
  call.responseHeaders["x-amzn-Remapped-Content-Length"] = "0";
  call.responseHeaders["content-type"] = result.contentType ?? "application/json";
  return answer(result);
}

function refuseUnbuilt(input: InvocationRequest): void {
  if (input.InvocationType === "Event") {
    throw notImplemented("lambent does not implement Invoke with InvocationType Event yet.");
  }
  if (input.DurableExecutionName !== undefined) throw unsupported("DurableExecutionName");
  if (input.TenantId !== undefined) throw unsupported("TenantId");
}

function answer(result: InvocationResult): InvocationResponse {
  return {
    StatusCode: 200,
    Payload: result.payload,
    ExecutedVersion: result.executedVersion,
    FunctionError: result.functionError,
    LogResult: result.logTail,
  };
}
