// One poller over real queues in a real store; what runs the function is the test's. Real functions: sqs-mapping.test.ts.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { functionNotFound } from "../../src/functions/catalogue.ts";
import type { FunctionRecord } from "../../src/functions/function-record.ts";
import type { FunctionVersion } from "../../src/functions/version.ts";
import type { Invocation, InvocationResult } from "../../src/invoke/invocation.ts";
import { Recursion } from "../../src/invoke/recursion.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import type { OutgoingMessage } from "../../src/queues/message.ts";
import type { SqsQueue } from "../../src/queues/sqs-queue.ts";
import { SqsQueues } from "../../src/queues/sqs-queues.ts";
import { HeldBytes } from "../../src/sources/held-bytes.ts";
import type { Mapping, MappingSettings } from "../../src/sources/mapping.ts";
import type { MappingMetric, SourceParts } from "../../src/sources/source.ts";
import { SqsPoller } from "../../src/sources/sqs/poller.ts";
import { openStore } from "../../src/store/open.ts";
import { countMessages } from "../../src/store/queue/queues.procs.ts";
import { storePlace } from "../contract/store-place.ts";

/** Small enough for a test to reach it. */
export const HELD_BYTES_MAX = 4 * 1024 * 1024;
const PLACE = { account: "123456789012", region: "us-east-1" };

export interface Record {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<globalThis.Record<string, string>>;
}

/** undefined: the function answers null. */
export type Work = (records: readonly Record[], invocation: Invocation) => Promise<Partial<InvocationResult> | undefined>;

export interface Harness {
  readonly queues: SqsQueues;
  readonly counted: Map<MappingMetric, number>;
  readonly warnings: string[];
  /** Whether the function is there. */
  isThere: boolean;
  readonly held: HeldBytes;
  /** What its role may not do. */
  missing: string | undefined;
  queue(name: string, attributes?: globalThis.Record<string, string>, nowMs?: number): Promise<SqsQueue>;
  send(queue: SqsQueue, bodies: readonly string[], settings?: Partial<OutgoingMessage>): Promise<void>;
  poll(queue: SqsQueue, settings: Partial<MappingSettings>, work: Work): SqsPoller;
  change(poller: SqsPoller, queue: SqsQueue, settings: Partial<MappingSettings>): void;
  /** What is left in the queue, waiting or held. */
  left(queue: SqsQueue): Promise<number>;
}

export async function openHarness(t: TestContext): Promise<Harness> {
  const failures: unknown[] = [];
  const onError = (error: unknown) => void failures.push(error);
  const store = await openStore(await storePlace(), { clock: systemClock, program: "1.0.0", onFatal: onError, onError });
  const { database } = store;
  const queues = new SqsQueues({ database, queues: store.queues, bus: store.bus, random: systemRandom, onError });
  const pollers: SqsPoller[] = [];
  const counted = new Map<MappingMetric, number>();
  const warnings: string[] = [];
  t.after(async () => {
    await Promise.all(pollers.map((poller) => poller.stop()));
    await queues.close();
    await store.close();
    assert.deepEqual(failures, []);
  });
  const harness: Harness = {
    queues,
    counted,
    warnings,
    isThere: true,
    held: new HeldBytes(HELD_BYTES_MAX),
    missing: undefined,
    async queue(name, attributes = {}, nowMs = Date.now()) {
      const fifo = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
      const created = await queues.create({ ...PLACE, name, attributes: { ...fifo, ...attributes }, tags: {}, nowMs });
      if (typeof created === "string") throw new Error(created);
      return created.queue;
    },
    async send(queue, bodies, settings = {}) {
      await queues.send(
        queue,
        bodies.map((body) => ({ body, senderId: "me", ...settings })),
      );
    },
    poll(queue, settings, work) {
      const poller = new SqsPoller(mappingOf(queue, settings), {
        queues,
        catalogue: catalogueOf(() => harness.isThere),
        held: harness.held,
        permissions: { missing: async () => harness.missing },
        invoker: { invoke: (invocation) => invoke(invocation, work) },
        recursion: new Recursion({ catalogue: catalogueOf(() => true), warn: () => {} }),
        clock: systemClock,
        random: systemRandom,
        warn: (sentence, cause) => warnings.push(cause === undefined ? sentence : `${sentence}: ${String(cause)}`),
        count: (_, metric, events) => counted.set(metric, (counted.get(metric) ?? 0) + events),
      });
      pollers.push(poller);
      return poller;
    },
    change: (poller, queue, settings) => poller.change(mappingOf(queue, settings)),
    async left({ id: queueId }) {
      const counted = await database.read(countMessages, { queueId, nowMs: database.nowMs() });
      return counted === undefined ? 0 : counted.visible + counted.in_flight + counted.delayed;
    },
  };
  return harness;
}

export function mappingOf(queue: SqsQueue, settings: Partial<MappingSettings>): Mapping {
  return {
    ...PLACE,
    uuid: "11111111-2222-4333-8444-555555555555",
    functionName: "fn",
    qualifier: undefined,
    sourceArn: queue.arn,
    isEnabled: true,
    settings: { batchSize: 10, windowS: 0, filters: [], reportsItemFailures: false, ...settings },
    tags: {},
    revision: 1,
    modifiedMs: 0,
  };
}

/** A catalogue with one function, or none. */
export function catalogueOf(isThere: () => boolean): SourceParts["catalogue"] {
  const latest = { settings: {} };
  const record = { versions: new Map([["$LATEST", latest]]), aliases: new Map() } as unknown as FunctionRecord;
  return {
    find: () => (isThere() ? record : undefined),
    resolve(name, qualifier) {
      if (!isThere()) throw functionNotFound(name, qualifier);
      return { version: { version: "$LATEST" } as FunctionVersion, invokedArn: "arn" };
    },
  };
}

export async function invoke(invocation: Invocation, work: Work): Promise<InvocationResult> {
  const { Records } = JSON.parse(Buffer.from(invocation.payload).toString()) as { readonly Records: readonly Record[] };
  return { payload: Buffer.from("null"), executedVersion: "$LATEST", ...(await work(Records, invocation)) };
}

export function deferred() {
  return Promise.withResolvers<void>();
}

/** Resolves when `holds`; asks again after each turn of the store. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
