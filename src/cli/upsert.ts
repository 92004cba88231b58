// Makes a function be what a package says: created, updated where it differs, or left alone; then waits until it can be invoked.

import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Architecture as ArchitectureName, Runtime } from "../models/lambda.ts";
import type { AwsClient, Described } from "./aws-client.ts";
import { CommandFailure } from "./failure.ts";
import type { FunctionPackage } from "./project/function-package.ts";

const POLL_MS = 100;
const READY_MS_MAX = 120_000;

/** What the command line asks for; what is absent stays as it is, or gets AWS's default at creation. */
export interface Wishes {
  readonly memoryMb: number | undefined;
  readonly timeoutS: number | undefined;
  readonly role: string | undefined;
  /** Added to the variables that the function has: a deploy never wipes what somebody else has set. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Deployed {
  readonly action: "created" | "updated" | "unchanged";
  readonly configuration: Described;
}

export async function upsert(client: AwsClient, what: FunctionPackage, wishes: Wishes): Promise<Deployed> {
  const existing = await client.getFunction(what.name);
  if (existing === undefined) {
    await create(client, what, wishes);
    return { action: "created", configuration: await whenReady(client, what.name) };
  }
  const hasNewCode = await updateCode(client, what, existing);
  const hasNewConfiguration = await updateConfiguration(client, what, wishes, existing);
  const action = hasNewCode || hasNewConfiguration ? "updated" : "unchanged";
  return { action, configuration: await whenReady(client, what.name) };
}

async function create(client: AwsClient, what: FunctionPackage, wishes: Wishes): Promise<void> {
  await client.createFunction({
    FunctionName: what.name,
    Runtime: what.runtime as Runtime,
    Handler: what.handler,
    Architectures: [what.architecture as ArchitectureName],
    Role: wishes.role ?? `arn:aws:iam::${await client.account()}:role/lambent`,
    Code: { ZipFile: what.zip.toString("base64") },
    ...(wishes.memoryMb !== undefined && { MemorySize: wishes.memoryMb }),
    ...(wishes.timeoutS !== undefined && { Timeout: wishes.timeoutS }),
    Environment: { Variables: wishes.variables },
  });
}

/** Equal bytes have an equal hash: then nothing is sent, and warm environments live on. */
async function updateCode(client: AwsClient, what: FunctionPackage, existing: Described): Promise<boolean> {
  const sha256 = createHash("sha256").update(what.zip).digest("base64");
  const isSame = existing.CodeSha256 === sha256 && existing.Architectures?.[0] === what.architecture;
  if (isSame) return false;
  await client.updateCode(what.name, what.zip, what.architecture);
  await whenReady(client, what.name);
  return true;
}

async function updateConfiguration(client: AwsClient, what: FunctionPackage, wishes: Wishes, existing: Described): Promise<boolean> {
  const variables = { ...existing.Environment?.Variables, ...wishes.variables };
  const wanted = { Runtime: what.runtime, Handler: what.handler, MemorySize: wishes.memoryMb, Timeout: wishes.timeoutS, Role: wishes.role };
  const changed = Object.entries(wanted).filter(([name, value]) => value !== undefined && value !== existing[name as keyof Described]);
  const hasNewVariables = Object.entries(wishes.variables).some(([name, value]) => existing.Environment?.Variables?.[name] !== value);
  if (changed.length === 0 && !hasNewVariables) return false;
  await client.updateConfiguration(what.name, {
    ...Object.fromEntries(changed),
    ...(hasNewVariables && { Environment: { Variables: variables } }),
  });
  return true;
}

/** Polls until the function is Active and its last update is through. Throws CommandFailure with the server's reason. */
async function whenReady(client: AwsClient, name: string): Promise<Described> {
  const deadlineMs = Date.now() + READY_MS_MAX;
  for (;;) {
    const now = await client.getFunction(name);
    if (now === undefined) throw new CommandFailure(`${name} was deleted while it was being deployed.`);
    if (now.State === "Failed") throw new CommandFailure(`${name} could not be made ready: ${now.StateReason ?? now.StateReasonCode}`);
    if (now.LastUpdateStatus === "Failed") throw new CommandFailure(`${name} could not be updated: ${now.LastUpdateStatusReason ?? ""}`);
    if (now.State !== "Pending" && now.LastUpdateStatus !== "InProgress") return now;
    if (Date.now() > deadlineMs) throw new CommandFailure(`${name} is still ${now.State} after ${READY_MS_MAX / 1_000} s.`);
    await delay(POLL_MS);
  }
}
