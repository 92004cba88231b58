// CloudWatch Logs behind a listening gateway, with a real logs.db and the JavaScript SDK as its client.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { systemRandom } from "../../../src/lib/random.ts";
import { Logs } from "../../../src/services/logs/logs.ts";
import { operations } from "../../../src/services/logs/operations.ts";
import type { StorePlace } from "../../../src/store/open.ts";
import { openGateway } from "../../gateway/open-gateway.ts";
import { type LogStore, openLogStore } from "../../observe/log-store.ts";

export interface LogsServer extends LogStore {
  readonly client: CloudWatchLogsClient;
  readonly url: string;
  readonly logs: Logs;
}

export async function startLogs(t: TestContext, place?: StorePlace): Promise<LogsServer> {
  const store = await openLogStore(t, place);
  const { clock, buffer, upkeep, database } = store;
  const logs = new Logs({ clock, buffer, upkeep, random: systemRandom, database: async () => database });
  const server = await openGateway({ logs: { operations, context: logs } });
  const client = new CloudWatchLogsClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "000000000000", secretAccessKey: "test" },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  t.after(async () => {
    client.destroy();
    await server.close();
    assert.deepEqual(server.failures, []);
  });
  return { ...store, client, url: server.url, logs };
}

/** Checks AWS's code and, where given, its sentence. */
export async function rejects(call: Promise<unknown>, name: string, message?: string): Promise<void> {
  await assert.rejects(call, (error: Error) => {
    assert.equal(error.name, name, error.message);
    if (message !== undefined) assert.equal(error.message, message);
    return true;
  });
}
