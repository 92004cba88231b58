// Blobs in a bucket: how they lie there, and what becomes of a service that fails, refuses, is silent or is away.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { PlatformError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { s3PlaceOf } from "../../src/lib/s3-place.ts";
import type { Blobs } from "../../src/store/blobs.ts";
import { openS3Blobs, type S3BlobsOptions } from "../../src/store/blobs-s3.ts";
import { s3Server, variablesOf } from "../contract/blob-places.ts";
import { temporaryDirectory } from "./ledger.ts";
import { s3Front } from "./s3-front.ts";

const DAY_MS = 86_400_000;
/** Everything is old to whoever opens with it. */
const OLD_AT_ONCE = { youngMs: -DAY_MS };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const objectOf = (text: string) => `code/${sha256(text).slice(0, 2)}/${sha256(text)}`;

interface Opening extends Partial<S3BlobsOptions> {
  readonly bucket: string;
  readonly endpoint?: string;
}

/** A node with a cache of its own. */
async function open(t: TestContext, { bucket, endpoint, ...options }: Opening): Promise<Blobs> {
  const server = await s3Server();
  return openS3Blobs({
    place: s3PlaceOf(`s3://${bucket}/code?endpoint=${endpoint ?? server.endpoint}`, undefined),
    variables: variablesOf(server),
    cacheDirectory: join(temporaryDirectory(t), "cache"),
    random: systemRandom,
    ...options,
  });
}

async function read(blobs: Blobs, key: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await blobs.get(key)) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function namesIn(Bucket: string): Promise<readonly string[]> {
  const { Contents = [] } = await (await s3Server()).client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key ?? "");
}

async function overwrite(Bucket: string, Key: string, Body: string): Promise<void> {
  await (await s3Server()).client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

const fails = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PlatformError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  assert.doesNotMatch(error.message, /hush/);
  return true;
};

describe("blobs in a bucket", { timeout: 240_000, concurrency: 4 }, () => {
  test("what is copied there from a directory is read", async (t) => {
    const bucket = await (await s3Server()).createBucket();
    await overwrite(bucket, objectOf("copied"), "copied");
    assert.equal(await read(await open(t, { bucket }), sha256("copied")), "copied");
  });

  test("a collection that is under way never takes what is put meanwhile", async (t) => {
    const server = await s3Server();
    const bucket = await server.createBucket();
    const front = await s3Front(t, server.endpoint);
    const { key } = await (await open(t, { bucket })).put(Buffer.from("put twice"));
    const collector = await open(t, { bucket, endpoint: front.endpoint, ...OLD_AT_ONCE });
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    front.decide(async ({ method }) => {
      if (method === "DELETE") {
        asked.resolve();
        await held.promise;
      }
      return false;
    });
    const collecting = collector.delete([key]);
    await asked.promise;
    await (await open(t, { bucket })).put(Buffer.from("put twice"));
    held.resolve();
    await collecting;
    assert.equal(await read(await open(t, { bucket }), key), "put twice");
  });

  test("a put removes older objects of its content, not those of a moment ago", async (t) => {
    const bucket = await (await s3Server()).createBucket();
    const [node, later] = [await open(t, { bucket }), await open(t, { bucket, ...OLD_AT_ONCE })];
    for (let n = 0; n < 3; n++) await node.put(Buffer.from("again"));
    assert.equal((await namesIn(bucket)).length, 3);
    await later.put(Buffer.from("again"));
    assert.equal((await namesIn(bucket)).length, 1, "the one just put");
    assert.equal(await read(await open(t, { bucket }), sha256("again")), "again");
  });

  test("a damaged object is passed over for another of the same key", async (t) => {
    const bucket = await (await s3Server()).createBucket();
    const node = await open(t, { bucket });
    for (let n = 0; n < 2; n++) await node.put(Buffer.from("two of it"));
    const [first = ""] = await namesIn(bucket);
    await overwrite(bucket, first, "other bytes");
    assert.equal(await read(await open(t, { bucket }), sha256("two of it")), "two of it");
  });

  test("a bucket that is not there, keys that are wrong, and none are refused by name, and no secret is told", async (t) => {
    const bucket = await (await s3Server()).createBucket();
    const good = variablesOf(await s3Server());
    await assert.rejects(open(t, { bucket: "not-there" }), fails("blobs-refused", /s3:\/\/not-there\/code.*NoSuchBucket/));
    const wrong = { ...good, AWS_SECRET_ACCESS_KEY: "hush" };
    await assert.rejects(open(t, { bucket, variables: wrong }), fails("blobs-refused", /lambent-test.*SignatureDoesNotMatch/));
    const unknown = { AWS_ACCESS_KEY_ID: "AKIANOBODY", AWS_SECRET_ACCESS_KEY: "hush" };
    await assert.rejects(open(t, { bucket, variables: unknown }), fails("blobs-refused", /InvalidAccessKeyId/));
    const none = { HOME: temporaryDirectory(t), AWS_EC2_METADATA_DISABLED: "true" };
    await assert.rejects(open(t, { bucket, variables: none }), fails("blobs-refused", /no keys: .*AWS_ACCESS_KEY_ID/));
  });

  test("a bucket of another region says which", async (t) => {
    const server = await s3Server();
    const bucket = await server.createBucket();
    const front = await s3Front(t, server.endpoint);
    front.decide((_, answer) => {
      answer.writeHead(301, { "x-amz-bucket-region": "eu-north-1" });
      answer.end("<Error><Code>PermanentRedirect</Code><Message>Use another endpoint.</Message></Error>");
      return true;
    });
    await assert.rejects(
      open(t, { bucket, endpoint: front.endpoint }),
      fails("blobs-refused", /PermanentRedirect: .*add region=eu-north-1/),
    );
  });

  test("requests that the service turns away for now, or whose connection breaks, are sent again", async (t) => {
    const server = await s3Server();
    const bucket = await server.createBucket();
    const front = await s3Front(t, server.endpoint);
    const node = await open(t, { bucket, endpoint: front.endpoint });
    let failures = 0;
    front.decide((incoming, answer) => {
      const turn = failures++ % 3;
      if (turn === 2) return false;
      incoming.resume();
      if (turn === 0) answer.writeHead(503).end("<Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>");
      else incoming.socket.destroy();
      return true;
    });
    const text = "x".repeat(1_000_000);
    const { key } = await node.put(Buffer.from(text));
    assert.equal(await read(await open(t, { bucket, endpoint: front.endpoint }), key), text);
    assert.ok(failures > 6, `${failures} requests`);
  });

  test("a body that breaks off half way is fetched again", async (t) => {
    const server = await s3Server();
    const bucket = await server.createBucket();
    const front = await s3Front(t, server.endpoint);
    const text = "y".repeat(3_000_000);
    const { key } = await (await open(t, { bucket })).put(Buffer.from(text));
    const node = await open(t, { bucket, endpoint: front.endpoint });
    let broken = 0;
    front.decide((incoming, answer) => {
      if (!incoming.url?.includes(key.slice(2)) || incoming.url.includes("list-type") || broken > 0) return false;
      broken++;
      answer.writeHead(200, { "content-length": String(text.length) });
      answer.write(text.slice(0, 100_000), () => incoming.socket.destroy());
      return true;
    });
    assert.equal(await read(node, key), text);
    assert.equal(broken, 1);
  });

  test("a service that is away is an error for whoever needs it, not for what is cached; it is used again when it is back", async (t) => {
    const server = await s3Server();
    const bucket = await server.createBucket();
    const front = await s3Front(t, server.endpoint);
    const node = await open(t, { bucket, endpoint: front.endpoint });
    const { key } = await node.put(Buffer.from("cached"));
    await front.shut();
    const away = fails("blobs-unreachable", /s3:\/\/lambent-test.*ECONNREFUSED/);
    await Promise.all([
      assert.rejects(node.put(Buffer.from("new")), away),
      assert.rejects(node.get(sha256("never seen")), away),
      assert.rejects(open(t, { bucket, endpoint: front.endpoint }), away),
    ]);
    assert.equal(await read(node, key), "cached");
    await front.reopen();
    const { key: fresh } = await node.put(Buffer.from("new"));
    assert.equal(await read(await open(t, { bucket }), fresh), "new");
  });

  test("a service that accepts connections and says nothing is given up", async (t) => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    t.after(() => silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    await assert.rejects(
      open(t, { bucket: "any-bucket", endpoint: `http://127.0.0.1:${port}` }),
      fails("blobs-unreachable", /no byte has moved for 10 s/),
    );
  });
});
