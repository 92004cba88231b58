// What Invoke and InvokeWithResponseStream hand to the data plane: their payload and headers, checked.

import type { Resolved } from "../../../functions/version.ts";
import type { Invocation } from "../../../invoke/invocation.ts";
import { recursiveInvocation } from "../../../invoke/recursion.ts";
import { traceHeaderFor } from "../../../invoke/trace-header.ts";
import type { InvocationRequest, InvokeWithResponseStreamRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { decodeClientContext } from "./client-context.ts";
import { checkedPayload } from "./payload.ts";

type Request = Pick<InvocationRequest & InvokeWithResponseStreamRequest, "Payload" | "ClientContext" | "LogType">;

/** Throws what AWS says about a payload or a client context that is none, and about a loop. Names the trace in the answer. */
export function synchronousInvocation(
  input: Request,
  resolved: Resolved,
  call: Call,
  lambda: Lambda,
): Invocation & { traceHeader: string } {
  const payload = checkedPayload(input.Payload, lambda.limits);
  const clientContext = decodeClientContext(input.ClientContext, lambda.limits);
  const { version } = resolved;
  const callers = call.headers["x-amzn-trace-id"];
  const traceHeader = traceHeaderFor(callers, version.functionArn, lambda);
  // A chain that begins here has not come back.
  if (callers !== undefined && lambda.recursion.stops(version, version.functionArn, traceHeader)) throw recursiveInvocation();
  const tail = input.LogType === "Tail";
  const { requestId } = call;
  return { requestId, ...resolved, payload, traceHeader, tail, ...(clientContext === undefined ? {} : { clientContext }) };
}
