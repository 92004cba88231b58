// Access keys, wherever they are kept: by a running server, or in a data directory that no server uses.

import { resolve } from "node:path";
import { type AccessKey, Keys, type NewKey } from "../access/keys.ts";
import { readConfig } from "../config.ts";
import { systemClock } from "../lib/clock.ts";
import { PlatformError } from "../lib/errors.ts";
import { systemRandom } from "../lib/random.ts";
import { readHolder } from "../store/data-directory.ts";
import { openStore } from "../store/open.ts";
import { ApiError } from "./api-error.ts";
import { AwsClient } from "./aws-client.ts";
import type { CommandInvocation } from "./command.ts";
import { connectionOf } from "./connection.ts";
import { CommandFailure } from "./failure.ts";
import { Unreachable } from "./http.ts";
import { askServer } from "./operator-client.ts";
import { packageVersion } from "./version.ts";

export type CreatedKey = AccessKey & { readonly secretAccessKey: string };

export interface KeyChain {
  /** For people: "http://…" or a directory. */
  readonly where: string;
  create(key: NewKey): Promise<CreatedKey>;
  list(): Promise<readonly AccessKey[]>;
  /** False when there is no such key. */
  delete(accessKeyId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** In the directory named by --data, else that of the server at the endpoint, else the default one; by its server while one holds it. */
export async function openKeyChain(invocation: CommandInvocation): Promise<KeyChain> {
  const dataDirectory = await directoryOf(invocation);
  try {
    return await inDirectory(dataDirectory, readConfig({}, invocation.environment, invocation.workingDirectory).storeUrl);
  } catch (error) {
    const endpoint = isInUse(error) ? readHolder(dataDirectory)?.endpoint : undefined;
    if (endpoint === undefined) throw error;
    return onServer(endpoint, dataDirectory);
  }
}

async function directoryOf({ options, environment, workingDirectory }: CommandInvocation): Promise<string> {
  const data = options.text("data");
  if (data !== undefined) return resolve(workingDirectory, data);
  const connection = connectionOf(options, environment);
  const running = await healthOf(new AwsClient(connection));
  if (running?.dataDirectory) return running.dataDirectory;
  const { dataDirectory } = readConfig({}, environment, workingDirectory);
  if (dataDirectory === undefined)
    throw new CommandFailure("Without a data directory there are no keys, and no server answers. Start one first.");
  if (running !== undefined && portOf(readHolder(dataDirectory)?.endpoint) !== portOf(connection.endpoint))
    throw new CommandFailure(`The lambent at ${connection.endpoint} does not tell where its data is. Name its directory: --data DIR.`);
  return dataDirectory;
}

/** A server on all addresses is called by one of them. */
function portOf(endpoint: string | undefined): string | undefined {
  return endpoint && new URL(endpoint).port;
}

interface Health {
  /** Told where only this machine can ask; a temporary one with --memory. */
  readonly dataDirectory?: string;
}

/** Undefined when no server answers. */
async function healthOf(client: AwsClient): Promise<Health | undefined> {
  try {
    return await client.health<Health>();
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof PlatformError && error.code === "data-directory-in-use";
}

function onServer(endpoint: string, dataDirectory: string): KeyChain {
  const ask = (method: string, path: string, input?: unknown) => askServer({ endpoint, dataDirectory }, method, `keys${path}`, input);
  return {
    where: endpoint,
    create: async (key) => (await ask("POST", "", key)) as CreatedKey,
    list: async () => ((await ask("GET", "")) as { keys: readonly AccessKey[] }).keys,
    async delete(accessKeyId) {
      try {
        await ask("DELETE", `/${encodeURIComponent(accessKeyId)}`);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      }
    },
    async close() {},
  };
}

async function inDirectory(dataDirectory: string, url: string | undefined): Promise<KeyChain> {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore({ dataDirectory, url }, { clock: systemClock, program: packageVersion(), onFatal: fail, onError: fail });
  const keys = await Keys.load({ database: store.database, clock: systemClock, random: systemRandom });
  return {
    where: dataDirectory,
    create: (key) => keys.create(key),
    list: () => keys.list(),
    delete: (accessKeyId) => keys.delete(accessKeyId),
    close: () => store.close(),
  };
}
