// Invoke: one invocation of the version that name and qualifier lead to, answered when the function has answered; of the type Event, when it is on disk.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { functionArn, type NamedFunction } from "../../../functions/name.ts";
import type { InvocationResult } from "../../../invoke/invocation.ts";
import { traceHeaderFor } from "../../../invoke/trace-header.ts";
import type { InvocationRequest, InvocationResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { unsupported } from "../refusals.ts";
import { decodeClientContext } from "./client-context.ts";
import { invocableName } from "./invocable-name.ts";
import { checkedEventPayload } from "./payload.ts";
import { resolvedVersion } from "./resolved-version.ts";
import { synchronousInvocation } from "./synchronous-invocation.ts";

export async function invoke(input: InvocationRequest, call: Call, lambda: Lambda): Promise<InvocationResponse> {
  refuseUnbuilt(input);
  const naming = invocableName(input, call, lambda);
  const named = naming instanceof Promise ? await naming : naming;
  const resolving = resolvedVersion(lambda, named);
  const resolved = resolving instanceof Promise ? await resolving : resolving;
  if (input.InvocationType === "Event") return invokeLater(input, named, call, lambda);
  const invocation = synchronousInvocation(input, resolved, call, lambda);
  if (input.InvocationType === "DryRun") return { StatusCode: 204 };

  const result = await lambda.invoker.invoke(invocation, call);
  call.responseHeaders["X-Amzn-Trace-Id"] = invocation.traceHeader;
  call.responseHeaders["x-amzn-Remapped-Content-Length"] = "0";
  call.responseHeaders["content-type"] = result.contentType ?? "application/json";
  return answer(result);
}

/** The version was looked for only to refuse what is not there: which one runs is decided at each attempt. */
async function invokeLater(input: InvocationRequest, named: NamedFunction, call: Call, lambda: Lambda): Promise<InvocationResponse> {
  const payload = checkedEventPayload(input.Payload, lambda.limits);
  const clientContext = decodeClientContext(input.ClientContext, lambda.limits);
  const traceHeader = traceHeaderFor(call.headers["x-amzn-trace-id"], functionArn(named), lambda);
  const { requestId } = call;
  await lambda.asyncInvocations.accept(named, payload, { requestId, qualifier: named.qualifier, clientContext, traceHeader });
  call.responseHeaders["X-Amzn-Trace-Id"] = traceHeader;
  call.responseHeaders["x-amzn-Remapped-Content-Length"] = "0";
  return { StatusCode: 202 };
}

function refuseUnbuilt(input: InvocationRequest): void {
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
