// Access keys, wherever they are kept: by a running server, or in a data directory that no server uses.

import { type AccessKey, Keys, type NewKey } from "../access/keys.ts";
import { readConfig } from "../config.ts";
import { systemClock } from "../lib/clock.ts";
import { PlatformError } from "../lib/errors.ts";
import { systemRandom } from "../lib/random.ts";
import { readHolder } from "../store/data-directory.ts";
import { openStore } from "../store/open.ts";
import { ApiError } from "./api-error.ts";
import { AwsClient } from "./aws-client.ts";
import { type CommandInvocation, UsageError } from "./command.ts";
import { connectionOf } from "./connection.ts";
import { Unreachable } from "./http.ts";
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

/** --data means that directory, or the server that holds it; else the server at the endpoint, or without one the default directory. */
export async function openKeyChain(invocation: CommandInvocation): Promise<KeyChain> {
  const { options, environment, workingDirectory } = invocation;
  const connection = connectionOf(options, environment);
  const data = options.text("data");
  const { dataDirectory } = readConfig(data === undefined ? {} : { data }, environment, workingDirectory);
  if (data === undefined) {
    const client = new AwsClient(connection);
    if (await answers(client)) return onServer(client);
  }
  if (dataDirectory === undefined)
    throw new UsageError("Keys of a server that keeps nothing live in that server: give its --endpoint-url.");
  try {
    return await inDirectory(dataDirectory);
  } catch (error) {
    const endpoint = isInUse(error) ? readHolder(dataDirectory)?.endpoint : undefined;
    if (endpoint === undefined) throw error;
    return onServer(new AwsClient({ ...connection, endpoint }));
  }
}

async function answers(client: AwsClient): Promise<boolean> {
  try {
    await client.internal("GET", "health");
    return true;
  } catch (error) {
    if (error instanceof Unreachable) return false;
    throw error;
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof PlatformError && error.code === "data-directory-in-use";
}

function onServer(client: AwsClient): KeyChain {
  return {
    where: client.connection.endpoint,
    create: (key) => client.internal<CreatedKey>("POST", "keys", key),
    list: async () => (await client.internal<{ keys: readonly AccessKey[] }>("GET", "keys")).keys,
    async delete(accessKeyId) {
      try {
        await client.internal("DELETE", `keys/${encodeURIComponent(accessKeyId)}`);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      }
    },
    async close() {},
  };
}

async function inDirectory(dataDirectory: string): Promise<KeyChain> {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore({ dataDirectory }, { clock: systemClock, program: packageVersion(), onFatal: fail, onError: fail });
  const keys = await Keys.load({ database: store.database, clock: systemClock, random: systemRandom });
  return {
    where: dataDirectory,
    create: (key) => keys.create(key),
    list: () => keys.list(),
    delete: (accessKeyId) => keys.delete(accessKeyId),
    async close() {
      keys.close();
      await store.close();
    },
  };
}
