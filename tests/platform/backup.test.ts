// A backup taken while everybody works, the server killed, the backup restored elsewhere: what was acknowledged before it began is there and works.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { CreateEventSourceMappingCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { root, tryCommand } from "../../scripts/command.ts";
import { lambent } from "../cli/lambent.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { broken, Ledger, Load } from "../crash/load.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";
import { type Sink, startSink } from "./sink.ts";

const MAPPED = 1_000_000;
const BILLED_CALLS = 7;
const GROUPS = ["a", "b", "c"];
const ACKNOWLEDGED_BEFORE = 60;

type Kind = "SQLite" | "PostgreSQL";

interface Home {
  /** Of `lambent start`, `backup` and `restore`. */
  readonly options: readonly string[];
}

async function newHome(t: TestContext, kind: Kind): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), "lambent-backup-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const data = ["--data", join(directory, "data")];
  return { options: kind === "SQLite" ? data : [...data, "--store", await emptyDatabase(), "--blobs", join(directory, "blobs")] };
}

/** A server in that home, which a test may kill. */
async function startIn(t: TestContext, { options }: Home, sink: Sink): Promise<RunningServer> {
  const paths = ["--expose", `sink=127.0.0.1:${sink.port}`, "--runtime-path", `nodejs24.x=${process.execPath}`];
  const server = await startServer({ data: options[1]!, args: [...options.slice(2), ...paths, "--async-retry-seconds", "1,1"] });
  t.after(() => server.close().catch(() => {})); // it may have been killed
  return server;
}

/** As a process of its own, as an operator runs it. */
async function cli(...args: readonly string[]): Promise<string> {
  const { code, output } = await tryCommand([process.execPath, join(root, "src/main.ts"), ...args]);
  assert.equal(code, 0, output);
  return output;
}

class Scene {
  readonly sink: Sink;
  readonly server: RunningServer;
  readonly sqs: SQSClient;

  constructor(t: TestContext, sink: Sink, server: RunningServer) {
    this.sink = sink;
    this.server = server;
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
    this.sqs = new SQSClient({ endpoint: server.process.endpoint, region: REGION, credentials, maxAttempts: 1 });
    t.after(() => this.sqs.destroy());
  }

  async urlOf(QueueName: string): Promise<string> {
    return (await this.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;
  }

  async build(): Promise<void> {
    const code = `export const handler = async (event, { awsRequestId: requestId }) => {
      const told = event.Records ? { n: Number(event.Records[0].body) } : event;
      await fetch("http://sink.lambent.internal:${this.sink.port}/", { method: "POST", body: JSON.stringify({ requestId, event: told }) });
      return told;
    };`;
    await this.server.create("fn", await zipOf({ "index.mjs": code }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await this.server.create("billed", await zipOf({ "index.mjs": "export const handler = async () => 1;" }), { Runtime: "nodejs24.x" });
    for (let call = 0; call < BILLED_CALLS; call++) await this.server.call("billed");
    await this.sqs.send(new CreateQueueCommand({ QueueName: "crash", Attributes: { VisibilityTimeout: "1" } }));
    await this.sqs.send(new CreateQueueCommand({ QueueName: "ordered.fifo", Attributes: { FifoQueue: "true" } }));
    await this.sqs.send(new CreateQueueCommand({ QueueName: "mapped", Attributes: { VisibilityTimeout: "60" } }));
    const EventSourceArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:mapped`;
    await this.server.client.send(new CreateEventSourceMappingCommand({ FunctionName: "fn", EventSourceArn, BatchSize: 1 }));
  }

  async bill(): Promise<number> {
    const { out } = await lambent(["cost", "--json", "--endpoint-url", this.server.process.endpoint]);
    const { groups } = JSON.parse(out || '{"groups":[]}') as { groups: { keys: { function: string }; requests: number }[] };
    return groups.find(({ keys }) => keys.function === "billed")?.requests ?? 0;
  }

  /** Bodies "group number", as they are given out. */
  async drainOrdered(): Promise<readonly string[]> {
    const QueueUrl = await this.urlOf("ordered.fifo");
    const bodies: string[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return bodies;
      for (const { Body, ReceiptHandle } of Messages) {
        bodies.push(Body!);
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: ReceiptHandle! }));
      }
    }
  }
}

/** Sends numbers into each group of the FIFO queue until it is stopped or its server is gone. */
class OrderedLoad {
  /** How many of each group are acknowledged. */
  acknowledged = 0;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(scene: Scene) {
    this.#running = this.#send(scene).catch(() => {}); // killed
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #send(scene: Scene): Promise<void> {
    const QueueUrl = await scene.urlOf("ordered.fifo");
    for (let number = 1; !this.#isOver; number++) {
      for (const group of GROUPS) {
        const MessageBody = `${group} ${number}`;
        const MessageDeduplicationId = MessageBody.replace(" ", "-");
        await scene.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: group, MessageDeduplicationId }));
      }
      this.acknowledged = number;
    }
  }
}

/** Of what was known before the backup, what must hold after it; what was under way then or came later may or may not. */
function certain(before: Ledger, after: Ledger): Ledger {
  const later = [...after.removed].filter((name) => !before.removed.has(name));
  return Object.assign(before, { unsure: new Set([...after.unsure, ...later]), doubtful: after.doubtful });
}

function copyOf(ledger: Ledger): Ledger {
  const { events, messages, received, made, removed } = ledger;
  return Object.assign(new Ledger(), {
    events: new Set(events),
    messages: new Set(messages),
    received: new Set(received),
    made: new Set(made),
    removed: new Set(removed),
  });
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const untilMs = Date.now() + 300_000; !(await isSo()); ) {
    assert.ok(Date.now() < untilMs, what);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

interface Known {
  readonly ledger: Ledger;
  readonly ordered: number;
}

/** Under load, which goes on until the server is killed after the backup. */
async function backUpAndKill(t: TestContext, home: Home, { sink, backup }: { sink: Sink; backup: string }): Promise<Known> {
  const scene = new Scene(t, sink, await startIn(t, home, sink));
  await scene.build();
  await until(async () => (await scene.bill()) === BILLED_CALLS, "the bill does not have all calls");
  const ledger = new Ledger();
  const small = await zipOf({ "index.mjs": "export const handler = async () => 1;" });
  const load = new Load(ledger, small, () => scene.server);
  const ordered = new OrderedLoad(scene);
  await until(() => ledger.acknowledged >= ACKNOWLEDGED_BEFORE && ordered.acknowledged >= 10, "too little is acknowledged");
  const before = { ledger: copyOf(ledger), ordered: ordered.acknowledged };
  await cli("backup", backup, ...home.options);
  assert.ok(ledger.acknowledged > before.ledger.acknowledged, "nothing was acknowledged while the backup was made");
  scene.server.process.kill("SIGKILL");
  await scene.server.process.ended;
  await Promise.all([load.stop(), ordered.stop()]);
  return { ledger: certain(before.ledger, ledger), ordered: before.ordered };
}

/** False while PostgreSQL is out of breath: callers try again then. */
async function answers(server: RunningServer): Promise<boolean> {
  const answer = await server.call("fn", { n: 0 }).catch((error: Error) => {
    assert.match(error.message, /The store cannot say/);
  });
  if (answer !== undefined) assert.deepEqual(answer, { n: 0 });
  return answer !== undefined;
}

async function check(scene: Scene, { ledger, ordered }: Known): Promise<void> {
  await until(() => answers(scene.server), "the function does not answer");
  assert.deepEqual(await broken(ledger, scene.server), { functionsLost: [], functionsBack: [], messagesLost: [], messagesBack: [] });
  const ran = (n: number) => scene.sink.told.some(({ event }) => event.n === n);
  await until(() => [...ledger.events].every(ran), "an acknowledged event did not run");
  const bodies = await scene.drainOrdered();
  for (const group of GROUPS) {
    const numbers = bodies.filter((body) => body.startsWith(`${group} `)).map((body) => Number(body.slice(2)));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    assert.ok(numbers.length >= ordered, `${numbers.length} of group ${group}, ${ordered} were acknowledged`);
  }
  await scene.sqs.send(new SendMessageCommand({ QueueUrl: await scene.urlOf("mapped"), MessageBody: String(MAPPED) }));
  await until(() => ran(MAPPED), "the mapping does not start its function");
  assert.equal(await scene.bill(), BILLED_CALLS);
}

const MOVES: readonly (readonly [from: Kind, to: Kind])[] = [
  ["SQLite", "SQLite"],
  ["SQLite", "PostgreSQL"],
  ["PostgreSQL", "PostgreSQL"],
];

describe("a backup", { timeout: 400_000, concurrency: 2 }, () => {
  for (const [from, to] of MOVES) {
    const skip = from === "SQLite" && to === "SQLite" ? false : withoutPostgres;
    test(`under load, of ${from}, restored into ${to}, has and does all that was acknowledged before it`, {
      skip,
      timeout: 380_000,
    }, async (t) => {
      const [sink, home, other] = [await startSink(t), await newHome(t, from), await newHome(t, to)];
      const { out } = await lambent(["keys", "create", "--account", ACCOUNT, "--json", ...home.options.slice(0, 2)], {
        environment: from === "SQLite" ? {} : { LAMBENT_STORE: home.options[3]! },
      });
      const { accessKeyId } = JSON.parse(out) as { accessKeyId: string };
      const backup = join(home.options[1]!, "..", "backup");
      const known = await backUpAndKill(t, home, { sink, backup });
      const { rows, blobs } = JSON.parse(await cli("restore", backup, "--json", ...other.options)) as { rows: number; blobs: number };
      assert.ok(rows > ACKNOWLEDGED_BEFORE / 4 && blobs >= 2, `${rows} rows, ${blobs} blobs`);
      const scene = new Scene(t, sink, await startIn(t, other, sink));
      await check(scene, known);
      const keys = await lambent(["keys", "list", "--endpoint-url", scene.server.process.endpoint]);
      assert.match(keys.out, new RegExp(accessKeyId));
    });
  }

  test("of a directory whose server was killed has what that server had acknowledged", { timeout: 300_000 }, async (t) => {
    const [sink, home, other] = [await startSink(t), await newHome(t, "SQLite"), await newHome(t, "SQLite")];
    const first = new Scene(t, sink, await startIn(t, home, sink));
    const { QueueUrl } = await first.sqs.send(new CreateQueueCommand({ QueueName: "ordered.fifo", Attributes: { FifoQueue: "true" } }));
    const bodies = ["1", "2", "3"];
    for (const MessageBody of bodies)
      await first.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "a", MessageDeduplicationId: MessageBody }));
    first.server.process.kill("SIGKILL");
    await first.server.process.ended;
    const backup = join(home.options[1]!, "..", "backup");
    await cli("backup", backup, ...home.options);
    await cli("restore", backup, ...other.options);
    const second = new Scene(t, sink, await startIn(t, other, sink));
    assert.deepEqual(await second.drainOrdered(), bodies);
  });

  test("is made of what an operator can read: a manifest with version, schema and a checksum of every file", async (t) => {
    const home = await newHome(t, "SQLite");
    const server = await startIn(t, home, await startSink(t));
    await server.create("fn", await zipOf({ "index.mjs": "export const handler = async () => 1;" }), { Runtime: "nodejs24.x" });
    const backup = join(home.options[1]!, "..", "backup");
    await cli("backup", backup, ...home.options);
    const manifest = JSON.parse(await readFile(join(backup, "manifest.json"), "utf8"));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    assert.deepEqual([manifest.format, manifest.lambent, manifest.dialect], ["lambent-backup", version, "sqlite"]);
    assert.ok(manifest.schema >= 22 && manifest.tables.every(({ sha256 }: { sha256: string }) => /^[0-9a-f]{64}$/.test(sha256)));
    const functions = manifest.tables.find(({ name }: { name: string }) => name === "functions");
    assert.deepEqual([functions.rows, manifest.blobs.length], [1, 1]);
    await server.client.send(new InvokeCommand({ FunctionName: "fn" })); // the server has noticed nothing
  });
});
