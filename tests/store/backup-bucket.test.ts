// A backup of a server whose blobs are in a bucket, and its restore into another bucket or into files.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemRandom } from "../../src/lib/random.ts";
import { s3PlaceOf } from "../../src/lib/s3-place.ts";
import { ownBlobs } from "../../src/platform/own-blobs.ts";
import type { Store } from "../../src/store/open.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { lambent, type Ran } from "../cli/lambent.ts";
import { s3Server, variablesOf } from "../contract/blob-places.ts";
import { openIn } from "../contract/store-dialects.ts";
import { temporaryDirectory } from "./ledger.ts";

const QUEUE = { account: "123456789012", region: "eu-central-1", kind: "test", name: "large" };
const SETTINGS = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };
/** Larger than what a row holds. */
const BODY = "large ".repeat(20_000);

interface Place {
  readonly dataDirectory: string;
  /** As --blobs takes it. */
  readonly address: string | undefined;
}

async function placeIn(t: TestContext, kind: "bucket" | "files"): Promise<Place> {
  const server = await s3Server();
  const address = kind === "files" ? undefined : `s3://${await server.createBucket()}/code?endpoint=${server.endpoint}`;
  return { dataDirectory: join(temporaryDirectory(t), "data"), address };
}

async function open(t: TestContext, { dataDirectory, address }: Place): Promise<Store> {
  const variables = variablesOf(await s3Server());
  const blobs = address === undefined ? undefined : { bucket: s3PlaceOf(address, undefined), variables };
  const store = await openIn(t, { dataDirectory, blobs });
  if (blobs !== undefined) await ownBlobs(store.database, store.blobs, systemRandom);
  return store;
}

async function run(command: readonly string[], { dataDirectory, address }: Place): Promise<Ran> {
  const blobs = address === undefined ? [] : ["--blobs", address];
  return lambent([...command, "--data", dataDirectory, ...blobs], { environment: variablesOf(await s3Server()) });
}

/** A server that has run and left a large message. */
async function filled(t: TestContext): Promise<Place> {
  const place = await placeIn(t, "bucket");
  const { database, queues, close } = await open(t, place);
  const { id } = await database.run(createQueue, { ...QUEUE, settings: SETTINGS });
  await queues.send(id, [{ body: BODY }]);
  await close();
  return place;
}

for (const kind of ["bucket", "files"] as const) {
  test(`what lay in a bucket is restored into ${kind === "files" ? "files" : "another bucket"}`, { timeout: 180_000 }, async (t) => {
    const from = await filled(t);
    const backup = join(temporaryDirectory(t), "backup");
    const made = await run(["backup", backup], from);
    assert.equal(made.exitCode, 0, made.err);
    assert.match(made.out, /and 1 blobs/);
    const to = await placeIn(t, kind);
    const restored = await run(["restore", backup], to);
    assert.equal(restored.exitCode, 0, restored.err);
    const { queues, database } = await open(t, to);
    const { id } = await database.run(createQueue, { ...QUEUE, settings: SETTINGS });
    const [message] = await queues.receive(id, { max: 1 });
    assert.equal(message?.body, BODY);
  });
}

test("a bucket that belongs to another database takes no restore", { timeout: 180_000 }, async (t) => {
  const [from, other] = [await filled(t), await filled(t)];
  const backup = join(temporaryDirectory(t), "backup");
  assert.equal((await run(["backup", backup], from)).exitCode, 0);
  const { exitCode, err } = await run(["restore", backup], { ...other, dataDirectory: join(temporaryDirectory(t), "data") });
  assert.equal(exitCode, 1);
  assert.match(err, /s3:\/\/lambent-test-\d+\/code at .* holds the blobs of another database/);
});

test("a backup names what the bucket has lost", { timeout: 180_000 }, async (t) => {
  const from = await filled(t);
  const server = await s3Server();
  const empty = { ...from, address: `s3://${await server.createBucket()}/code?endpoint=${server.endpoint}` };
  const { exitCode, err } = await run(["backup", join(temporaryDirectory(t), "backup")], empty);
  assert.equal(exitCode, 1);
  assert.match(err, /A row names the blob [0-9a-f]{64}, which is not there in s3:\/\/lambent-test-\d+\/code/);
});
