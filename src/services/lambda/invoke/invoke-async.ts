// InvokeAsync, deprecated since 2014: Invoke of the type Event under an older name.
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html

import type { InvokeAsyncRequest, InvokeAsyncResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invoke } from "./invoke.ts";

export async function invokeAsync(input: InvokeAsyncRequest, call: Call, lambda: Lambda): Promise<InvokeAsyncResponse> {
  const Payload = await whole(input.InvokeArgs);
  await invoke({ FunctionName: input.FunctionName, InvocationType: "Event", Payload }, call, lambda);
  return { Status: 202 };
}

async function whole(body: InvokeAsyncRequest["InvokeArgs"]): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}
