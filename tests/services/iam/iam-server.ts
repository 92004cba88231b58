// A real server that serves IAM and STS from a fresh store, and SDK clients for it.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { CreatePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { Access } from "../../../src/access/access.ts";
import type { Services } from "../../../src/gateway/services.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { operations as iamOperations } from "../../../src/services/iam/operations.ts";
import { operations as stsOperations } from "../../../src/services/sts/operations.ts";
import { openStore } from "../../../src/store/open.ts";
import { storePlace } from "../../contract/store-place.ts";
import { openGateway } from "../../gateway/open-gateway.ts";

export const ACCOUNT = "123456789012";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface IamServer {
  readonly access: Access;
  iam(keys?: Keys): IAMClient;
  sts(keys?: Keys): STSClient;
}

export async function startIamServer(t: TestContext, auth: "open" | "enforce" = "open"): Promise<IamServer> {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(await storePlace(), { clock: systemClock, program: "1.0.0", onFatal: fail, onError: fail });
  const parts = { database: store.database, clock: systemClock, random: systemRandom };
  const access = await Access.open(parts);
  const services: Services = {
    iam: { operations: iamOperations, context: parts },
    sts: { operations: stsOperations, context: { access, database: store.database, auth } },
  };
  const server = await openGateway(services, { auth, credentials: access });
  const clients: { destroy(): void }[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await server.close();
    await store.close();
  });
  const settings = (credentials: Keys = { accessKeyId: ACCOUNT, secretAccessKey: "any" }) => {
    return { endpoint: server.url, region: "eu-central-1", credentials, maxAttempts: 1 };
  };
  const kept = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  return {
    access,
    iam: (keys) => kept(new IAMClient(settings(keys))),
    sts: (keys) => kept(new STSClient(settings(keys))),
  };
}

/** The SDK's error has AWS's code as its name. */
export function awsError(code: string, status: number, message: string | RegExp) {
  return (error: unknown) => {
    const { name, message: text, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const fits = typeof message === "string" ? text === message : message.test(text);
    if (name.replace(/Exception$/, "") === code && $metadata?.httpStatusCode === status && fits) return true;
    throw new Error(`expected ${code} ${status} ${message}, got ${name} ${$metadata?.httpStatusCode} ${text}`, { cause: error });
  };
}

export const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

export const readTable = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: "arn:aws:dynamodb:*:*:table/It's*" }],
});

/** AWS's policy that nearly every function's role has. */
export const basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

export async function createRole(iam: IAMClient, RoleName = "worker") {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  assert.ok(Role);
  return Role;
}

export async function createPolicy(iam: IAMClient, PolicyName = "read-table"): Promise<string> {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: readTable }));
  assert.ok(Policy?.Arn);
  return Policy.Arn;
}
