// A real `lambent start` with sandboxes, an SDK client for it, and functions in it. Its data directory is gone afterwards.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { lambent } from "../cli/lambent.ts";

export const REGION = "eu-central-1";
export const ACCOUNT = "123456789012";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;

/** The SDK's own limit is 50 connections. */
const MANY_CALLS = { httpAgent: { maxSockets: 1_000 } };

export interface RunningServer {
  readonly process: LambentProcess;
  readonly client: LambdaClient;
  /** Creates it and waits until it is active. */
  create(
    name: string,
    zip: Uint8Array,
    settings: Pick<CreateFunctionCommandInput, "Runtime"> & Partial<CreateFunctionCommandInput>,
  ): Promise<void>;
  /** The answer's JSON; rejects with the payload when the function failed. */
  call(name: string, event?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly args?: readonly string[];
  readonly auth?: "open" | "enforce";
  /** Left alone afterwards; without it a directory of its own. */
  readonly data?: string;
  /** What is run in place of the sources' own entry. */
  readonly entry?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startServer({ args = [], auth = "open", data, entry, environment }: ServerOptions = {}): Promise<RunningServer> {
  const directory = data ?? (await mkdtemp(join(tmpdir(), "lambent-platform-")));
  const credentials = auth === "open" ? { accessKeyId: ACCOUNT, secretAccessKey: "any" } : await newKey(directory);
  const process = await startLambent({
    args: ["--data", directory, "--auth", auth, ...args],
    ...(entry === undefined ? {} : { entry }),
    ...(environment === undefined ? {} : { environment }),
  });
  const client = new LambdaClient({ endpoint: process.endpoint, region: REGION, credentials, maxAttempts: 1, requestHandler: MANY_CALLS });
  return {
    process,
    client,
    async create(FunctionName, ZipFile, settings) {
      const defaults = { Role: ROLE, Handler: "index.handler", Timeout: 60, MemorySize: 512 };
      await client.send(new CreateFunctionCommand({ FunctionName, Code: { ZipFile }, ...defaults, ...settings }));
      await waitUntilFunctionActiveV2({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
    },
    call: (name, event = {}) => call(client, name, event),
    async close() {
      client.destroy();
      await process.stop();
      if (data === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function newKey(data: string) {
  const { out } = await lambent(["keys", "create", "--account", ACCOUNT, "--data", data, "--json"]);
  return JSON.parse(out) as { accessKeyId: string; secretAccessKey: string };
}

async function call(client: LambdaClient, FunctionName: string, event: unknown): Promise<unknown> {
  const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  const text = Buffer.from(Payload!).toString();
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text);
}
