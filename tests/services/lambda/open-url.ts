// Function URLs that anybody may call, for tests, and how to call them.

import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import {
  AddPermissionCommand,
  type Cors,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { InvocationResult } from "../../../src/invoke/invocation.ts";
import { newFunction } from "./lambda-server.ts";

const FORBIDDEN =
  "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

export async function open(client: LambdaClient, Qualifier?: string) {
  const named = { FunctionName: "fn", Qualifier };
  const permissions = [
    { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
    { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
  ] as const;
  for (const [index, permission] of permissions.entries())
    await client.send(new AddPermissionCommand({ ...named, StatementId: `url${index}`, Principal: "*", ...permission }));
}

export async function createUrl(client: LambdaClient, over: Partial<CreateFunctionUrlConfigCommandInput> = {}) {
  return client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "fn", AuthType: "NONE", ...over }));
}

/** A function that anybody may call. Its URL without the last slash. */
export async function openUrl(client: LambdaClient, Cors?: Cors): Promise<string> {
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await open(client);
  return (await createUrl(client, { Cors })).FunctionUrl!.replace(/\/$/, "");
}

export const answering =
  (value: unknown, more: Partial<InvocationResult> = {}) =>
  async (): Promise<InvocationResult> => ({
    payload: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
    executedVersion: "$LATEST",
    ...more,
  });

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** With a Host of the caller's choosing, which fetch does not have. */
export async function viaHost(
  url: string,
  host: string,
  options: { path?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = httpRequest(
    { host: "127.0.0.1", port, path: options.path ?? "/", method: options.method ?? "GET", headers: { ...options.headers, host } },
    async (response) => resolve({ status: response.statusCode!, headers: response.headers, body: await buffer(response) }),
  );
  sent.once("error", reject).end();
  return promise;
}

export async function isForbidden(response: Response, body: object = { Message: FORBIDDEN }): Promise<void> {
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("x-amzn-errortype"), "AccessDeniedException");
  assert.deepEqual(await response.json(), body);
}
