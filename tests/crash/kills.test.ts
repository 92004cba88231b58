// kill -9 at random moments under load, of lambent, of a node, of PostgreSQL: what was acknowledged is there afterwards, and nothing runs on.
// CRASH_ROUNDS makes it long (npm run test:crash), CRASH_SEED replays the moments of a run.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { postgresPrograms } from "../../scripts/postgres.ts";
import { ownPostgres, withoutPostgres } from "../contract/postgres-server.ts";
import { descendantsOf, stillThere } from "../platform/process-traces.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "../platform/running-server.ts";
import { type Sink, startSink } from "../platform/sink.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { broken, Ledger, Load, VISIBILITY_S } from "./load.ts";
import { movingAddress } from "./moving-address.ts";

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 1);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
/** Far beyond what each takes: whoever waits so long waits for nothing. */
const ROUND_MS_MAX = 120_000;
const PROCESSES_END_MS_MAX = 60_000;
const EVENTS_RUN_MS_MAX = 120_000;
const isLinux = process.platform === "linux";

/** mulberry32: enough for moments. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Scene {
  readonly ledger = new Ledger();
  readonly chance = chanceFrom(SEED);
  readonly #sink: Sink;
  readonly #test: TestContext;
  readonly #directories: string;
  readonly #loads: Load[] = [];
  readonly servers: RunningServer[] = [];
  kills = 0;

  static async of(t: TestContext): Promise<Scene> {
    const directories = await mkdtemp(join(tmpdir(), "lambent-crash-"));
    const scene = new Scene(t, await startSink(t), directories);
    t.after(async () => {
      for (const server of scene.servers) await server.close().catch(() => {}); // some have been killed
      await rm(directories, { recursive: true, force: true });
    });
    return scene;
  }

  private constructor(t: TestContext, sink: Sink, directories: string) {
    this.#test = t;
    this.#sink = sink;
    this.#directories = directories;
  }

  async start(index: number, store?: string): Promise<void> {
    const shared = store === undefined ? [] : ["--store", store, "--blobs", join(this.#directories, "blobs")];
    const paths = ["--expose", `sink=127.0.0.1:${this.#sink.port}`, "--runtime-path", `nodejs24.x=${process.execPath}`];
    const data = join(this.#directories, `data-${index}`);
    this.servers[index] = await startServer({ data, args: [...paths, "--async-retry-seconds", "1,1", ...shared] });
  }

  /** The function, the queue, and callers of every server. */
  async begin(): Promise<void> {
    const code = `export const handler = async (event, { awsRequestId: requestId }) => {
      await fetch("http://sink.lambent.internal:${this.#sink.port}/", { method: "POST", body: JSON.stringify({ requestId, event }) });
    };`;
    const zip = await zipOf({ "index.mjs": code });
    await this.servers[0]!.create("fn", zip, { Runtime: "nodejs24.x", MemorySize: 256 });
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
    const sqs = new SQSClient({ endpoint: this.servers[0]!.process.endpoint, region: REGION, credentials });
    await sqs.send(new CreateQueueCommand({ QueueName: "crash", Attributes: { VisibilityTimeout: String(VISIBILITY_S) } }));
    sqs.destroy();
    const small = await zipOf({ "index.mjs": "export const handler = async () => 1;" });
    this.#loads.push(...this.servers.map((_, index) => new Load(this.ledger, small, () => this.servers[index]!)));
  }

  /** Resolves after a number of further acknowledgements that chance gives. */
  async aWhile(): Promise<void> {
    const goal = this.ledger.acknowledged + 10 + Math.floor(this.chance() * 120);
    const untilMs = Date.now() + ROUND_MS_MAX;
    while (this.ledger.acknowledged < goal) {
      assert.ok(Date.now() < untilMs, `nothing is acknowledged any more: ${this.ledger.acknowledged} of ${goal}`);
      await delay(5);
    }
  }

  /** kill -9, and nothing of it runs on. */
  async kill(index: number): Promise<void> {
    const server = this.servers[index]!;
    const family = descendantsOf(server.process.pid);
    server.process.kill("SIGKILL");
    await server.process.ended;
    this.kills++;
    for (const untilMs = Date.now() + PROCESSES_END_MS_MAX; stillThere(family).length > 0 && Date.now() < untilMs; ) await delay(20);
    assert.deepEqual(stillThere(family), []);
  }

  async check(): Promise<void> {
    await this.aWhile();
    for (const load of this.#loads) await load.stop();
    const { ledger } = this;
    const missing = () => {
      const ran = new Set(this.#sink.told.map(({ event }) => event.n));
      return [...ledger.events].filter((n) => !ran.has(n));
    };
    for (const untilMs = Date.now() + EVENTS_RUN_MS_MAX; missing().length > 0 && Date.now() < untilMs; ) await delay(50);
    const found = { eventsLost: missing(), ...(await broken(ledger, this.servers[0]!)) };
    const counts = Object.fromEntries(Object.entries(found).map(([name, items]) => [name, items.length]));
    const ran = this.#sink.told.filter(({ event }) => ledger.events.has(event.n ?? 0)).length;
    const known = { events: ledger.events.size, messages: ledger.messages.size, made: ledger.made.size, removed: ledger.removed.size };
    this.#test.diagnostic(
      JSON.stringify({ seed: SEED, kills: this.kills, ...known, failures: ledger.failures, ranAgain: ran - ledger.events.size, ...counts }),
    );
    assert.deepEqual(found, { eventsLost: [], functionsLost: [], functionsBack: [], messagesLost: [], messagesBack: [] });
    assert.ok(ledger.events.size > 20 && ledger.made.size > 1 && ledger.messages.size > 2, "too little load");
  }
}

const timeout = 120_000 + ROUNDS * 60_000;

describe(`killed ${ROUNDS} times (CRASH_SEED=${SEED})`, { skip: !isLinux, timeout: 4 * timeout }, () => {
  test("lambent on SQLite", { timeout }, async (t) => {
    const scene = await Scene.of(t);
    await scene.start(0);
    await scene.begin();
    for (let round = 0; round < ROUNDS; round++) {
      await scene.aWhile();
      await scene.kill(0);
      await scene.start(0);
    }
    await scene.check();
  });

  test("one of two nodes on PostgreSQL", { skip: withoutPostgres, timeout }, async (t) => {
    const postgres = await ownPostgres(t);
    const store = await postgres.createDatabase();
    const scene = await Scene.of(t);
    for (const index of [0, 1]) await scene.start(index, store);
    await scene.begin();
    for (let round = 0; round < ROUNDS; round++) {
      await scene.aWhile();
      const index = Math.floor(scene.chance() * 2);
      await scene.kill(index);
      await scene.aWhile(); // of the other one
      await scene.start(index, store);
    }
    await scene.check();
  });

  test("PostgreSQL under a server that goes on", { skip: withoutPostgres, timeout }, async (t) => {
    const postgres = await ownPostgres(t);
    const store = await postgres.createDatabase();
    const scene = await Scene.of(t);
    await scene.start(0, store);
    await scene.begin();
    for (let round = 0; round < ROUNDS; round++) {
      await scene.aWhile();
      await postgres.kill();
      scene.kills++;
      await delay(scene.chance() * 1_000);
      await postgres.restart();
    }
    await scene.check();
  });

  test("PostgreSQL for good, whose synchronous standby takes its place", { skip: withoutPostgres, timeout }, async (t) => {
    assert.ok(postgresPrograms());
    const postgres = await ownPostgres(t);
    const database = new URL(await postgres.createDatabase());
    const standby = await postgres.standby();
    t.after(() => standby.stop());
    const address = await movingAddress(t, Number(database.port));
    database.port = String(address.port);
    const scene = await Scene.of(t);
    await scene.start(0, database.href);
    await scene.begin();
    for (let round = 0; round < 3; round++) await scene.aWhile();
    await postgres.kill();
    scene.kills++;
    await standby.promote();
    address.moveTo(standby.port);
    await scene.check();
  });
});
