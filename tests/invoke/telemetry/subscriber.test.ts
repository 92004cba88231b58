// One subscription over real connections: batches by its bounds, bounded memory, nothing lost to a listener that comes late.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { Subscriber } from "../../../src/invoke/telemetry/subscriber.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import type { Subscription } from "../../../src/runtime-api/subscription.ts";
import { connectLocally } from "../../../src/sandbox/local-connection.ts";
import { until } from "../data-plane.ts";

const BUFFERING = { maxItems: 1000, maxBytes: 262_144, timeoutMs: 25 };

function subscriptionTo(port: number, buffering: Subscription["buffering"]): Subscription {
  const destination = { protocol: "TCP", port, path: "/", method: "POST" } as const;
  return { api: "telemetry", schemaVersion: "2022-12-13", types: ["platform", "function"], destination, buffering };
}

/** A TCP listener and the lines that it got. */
async function listener(t: TestContext): Promise<{ server: Server; port: number; lines: () => { type: string; record: unknown }[] }> {
  let text = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (bytes) => {
      text += bytes.toString();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const lines = () =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { server, port: (server.address() as AddressInfo).port, lines };
}

const line = (record: string) => ({ timeMs: 0, kind: "function", type: "function", record }) as const;

suite("a subscriber", { timeout: 300_000 }, () => {
  test("gets a batch when it is full, before its time", async (t) => {
    const { port, lines } = await listener(t);
    const subscriber = new Subscriber(subscriptionTo(port, { ...BUFFERING, timeoutMs: 30_000 }), connectLocally, systemClock);
    t.after(() => subscriber.close());
    for (let n = 0; n < 1500; n++) subscriber.take(line(`${n}`));
    await until(() => lines().length === 1000);
    await subscriber.flush();
    await until(() => lines().length === 1500);
    assert.deepEqual([lines()[0]!.record, lines()[1499]!.record], ["0", "1499"]);
  });

  test("that cannot keep up is told how much it missed, and what was kept comes in order", async (t) => {
    const { port, lines } = await listener(t);
    let isThere = false;
    const connect = async (to: number) => (isThere ? connectLocally(to) : undefined);
    const subscriber = new Subscriber(subscriptionTo(port, BUFFERING), connect, systemClock);
    t.after(() => subscriber.close());
    for (let n = 0; n < 10_000; n++) subscriber.take(line(`${n} ${"x".repeat(90)}`));
    isThere = true;
    await subscriber.flush();
    await until(() => lines().at(-1)?.type === "platform.logsDropped");
    const told = lines();
    const { droppedRecords, droppedBytes, reason } = told.at(-1)!.record as Record<string, number | string>;
    assert.equal(told.length - 1 + Number(droppedRecords), 10_000);
    assert.ok(Number(droppedBytes) > 90 * Number(droppedRecords));
    assert.match(String(reason), /downstream consumer is slower/);
    assert.deepEqual(
      told.slice(0, -1).map(({ record }) => Number.parseInt(String(record), 10)),
      Array.from({ length: told.length - 1 }, (_, n) => n),
    );
  });

  test("is told JSON lines as objects from the schema of 2022-12-13 on", async (t) => {
    const { port, lines } = await listener(t);
    for (const schemaVersion of ["2022-07-01", "2022-12-13"]) {
      const subscriber = new Subscriber({ ...subscriptionTo(port, BUFFERING), schemaVersion }, connectLocally, systemClock);
      t.after(() => subscriber.close());
      for (const record of ['{"a":1}', "{no json"]) subscriber.take(line(record));
      await subscriber.flush();
    }
    await until(() => lines().length === 4);
    const records = lines().map(({ record }) => record);
    assert.equal(records.filter((record) => record === '{"a":1}').length, 1);
    assert.deepEqual(
      records.filter((record) => typeof record === "object"),
      [{ a: 1 }],
    );
  });
});
