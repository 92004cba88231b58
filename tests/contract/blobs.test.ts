// What every place for blobs promises: whole or not at all, found by their content on every node, gone only when nobody can need them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { PlatformError } from "../../src/lib/errors.ts";
import type { Blobs } from "../../src/store/blobs.ts";
import { StoreError } from "../../src/store/database.ts";
import { collect, inPieces, readBlob } from "../store/read-blob.ts";
import { mountSmallDisk } from "../store/small-disk.ts";
import { type BlobPlace, blobPlaces } from "./blob-places.ts";

const MIB = 1024 * 1024;
/** Unpacked code may be so large; nothing that is put is larger. */
const LARGEST_MIB = 250;
/** Far less than that, and more than what waits to be collected. */
const HELD_BYTES_MAX = 120 * MIB;

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const isStoreError = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

/** Other nodes where there may be some, else the same again. */
async function twoNodes(place: BlobPlace, hasNodes: boolean): Promise<readonly [Blobs, Blobs]> {
  const one = await place.open();
  return [one, hasNodes ? await place.open() : one];
}

/** Hands on the pieces; the most that was held at once beyond what was before. */
class Held {
  readonly #before = process.memoryUsage().arrayBuffers;
  most = 0;

  async *watch(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.most = Math.max(this.most, process.memoryUsage().arrayBuffers - this.#before);
      yield piece;
    }
  }
}

async function* many(mib: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(MIB, "lambent ");
  for (let n = 0; n < mib; n++) {
    piece.writeUInt32BE(n);
    yield piece;
  }
}

for (const [name, { hasNodes, place: placeFor }] of Object.entries(blobPlaces)) {
  describe(`blobs in ${name}`, { timeout: 240_000 }, () => {
    test("bytes come back, whole or in part, and the reference tells their size and hash", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const data = Buffer.from("0123456789");
      const ref = await one.put(data);
      assert.deepEqual({ ...ref }, { key: sha256(data), size: 10, sha256: sha256(data) });
      assert.equal(String(await readBlob(other, ref.key)), "0123456789");
      assert.equal(String(await readBlob(other, ref.key, { start: 3, end: 5 })), "34");
      assert.equal(String(await readBlob(other, ref.key, { start: 7 })), "789");
      assert.equal(String(await readBlob(other, ref.key, { start: 4, end: 4 })), "");
      assert.ok((await readFile(await other.file(ref.key))).equals(data));
    });

    test("an empty blob is a blob", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const ref = await one.put(new Uint8Array());
      assert.equal(ref.size, 0);
      assert.equal((await readBlob(other, ref.key)).length, 0);
    });

    test("the same content, put by several at once as a stream and as bytes, is one blob", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const data = Buffer.alloc(3_000_000, "abc");
      const refs = await Promise.all([one.put(data), other.put(inPieces(data, 70_001)), one.put(data), other.put(data)]);
      assert.deepEqual(new Set(refs.map(({ key }) => key)), new Set([sha256(data)]));
      assert.ok((await readBlob(other, refs[0].key)).equals(data));
      assert.deepEqual((await collect(one.keys())).flat(), [sha256(data)]);
    });

    test("what is asked for by many at once comes to each of them", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const { key } = await one.put(Buffer.from("asked for"));
      const answers = await Promise.all(Array.from({ length: 20 }, () => readBlob(other, key)));
      assert.deepEqual(new Set(answers.map(String)), new Set(["asked for"]));
    });

    test(`${LARGEST_MIB} MiB are put and read in pieces, never held as a whole`, async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const [putting, reading, hash] = [new Held(), new Held(), createHash("sha256")];
      const ref = await one.put(putting.watch(many(LARGEST_MIB)));
      assert.equal(ref.size, LARGEST_MIB * MIB);
      for await (const piece of reading.watch(await other.get(ref.key))) hash.update(piece);
      assert.equal(hash.digest("hex"), ref.sha256);
      t.diagnostic(`held at most ${[putting, reading].map(({ most }) => Math.round(most / MIB)).join(" and ")} MiB`);
      assert.ok(putting.most < HELD_BYTES_MAX, `${putting.most} bytes while it was put`);
      assert.ok(reading.most < HELD_BYTES_MAX, `${reading.most} bytes while it was read`);
    });

    test("a missing blob is unavailable, and a key cannot lead elsewhere", async (t) => {
      const blobs = await (await placeFor(t)).open();
      await assert.rejects(blobs.get("a".repeat(64)), isStoreError("unavailable"));
      await assert.rejects(blobs.file("a".repeat(64)), isStoreError("unavailable"));
      await assert.rejects(blobs.file("../../etc/passwd"), isStoreError("bug"));
    });

    test("a put that breaks off half way leaves nothing that can be read, and the next one works", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const data = Buffer.alloc(2 * MIB, "half");
      const broken = async function* () {
        yield data.subarray(0, MIB);
        throw new Error("the client went away");
      };
      await assert.rejects(one.put(broken()), /went away/);
      assert.deepEqual((await collect(other.keys())).flat(), []);
      const { key } = await one.put(data);
      assert.ok((await readBlob(other, key)).equals(data));
    });

    test("bytes that have been changed are not taken for those that were put", async (t) => {
      const place = await placeFor(t);
      const [one, other] = await twoNodes(place, hasNodes);
      const { key } = await one.put(Buffer.from("what was put"));
      await place.damage(key);
      await assert.rejects(readBlob(other, key), (error: unknown) => {
        assert.ok(error instanceof PlatformError && error.code === "blob-damaged", String(error));
        assert.match(error.message, new RegExp(key));
        return true;
      });
    });

    test("a blob that was put a moment ago is not deleted, an old one is, and one that is gone is gone", async (t) => {
      const place = await placeFor(t);
      const [one, other] = await twoNodes(place, hasNodes);
      const { key } = await one.put(Buffer.from("data"));
      assert.deepEqual(await other.delete([key]), []);
      assert.equal(String(await readBlob(other, key)), "data");
      const later = await place.later();
      assert.deepEqual(await later.delete([key]), [key]);
      await assert.rejects(later.file(key), isStoreError("unavailable"));
      assert.deepEqual((await later.delete([key, "f".repeat(64)])).toSorted(), [key, "f".repeat(64)].toSorted());
      assert.deepEqual((await collect(later.keys())).flat(), []);
    });

    test("whoever has begun to read when a blob is deleted reads it to its end", async (t) => {
      const place = await placeFor(t);
      const [one] = await twoNodes(place, hasNodes);
      const data = Buffer.alloc(3 * MIB, "read on");
      const { key } = await one.put(data);
      const later = await place.later();
      const [begun] = [(await later.get(key))[Symbol.asyncIterator]()];
      const parts: Uint8Array[] = [(await begun.next()).value];
      assert.deepEqual(await later.delete([key]), [key]);
      for (let next = await begun.next(); !next.done; next = await begun.next()) parts.push(next.value);
      assert.ok(Buffer.concat(parts).equals(data));
    });

    test("every key is listed", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      const refs = await Promise.all(Array.from({ length: 12 }, (_, n) => one.put(Buffer.from(`blob ${n}`))));
      assert.deepEqual((await collect(other.keys())).flat().toSorted(), refs.map(({ key }) => key).toSorted());
    });

    test("the first mark stays and is no blob", async (t) => {
      const [one, other] = await twoNodes(await placeFor(t), hasNodes);
      assert.equal(await other.mark.read(), undefined);
      await one.mark.write("database 1");
      assert.equal(await other.mark.read(), "database 1");
      assert.deepEqual((await collect(one.keys())).flat(), []);
    });

    test("a full disk refuses what does not fit, loses nothing, and takes it when there is room", (t) => onSmallDisk(t, placeFor));
  });
}

async function onSmallDisk(t: TestContext, placeFor: (t: TestContext) => Promise<BlobPlace>): Promise<void> {
  const disk = mountSmallDisk(t, 8);
  if (disk === undefined) return t.skip("mounting a file system needs root on Linux");
  const directory = join(disk.path, "blobs");
  mkdirSync(directory);
  const blobs = await (await placeFor(t)).open(directory);
  const small = await blobs.put(Buffer.alloc(4 * MIB, "small"));
  const large = Buffer.alloc(6 * MIB, "large");
  await assert.rejects(blobs.put(large), (error: unknown) => {
    assert.ok(error instanceof StoreError && error.code === "unavailable", String(error));
    assert.match(error.message, /no space left/);
    return true;
  });
  assert.equal((await readBlob(blobs, small.key)).length, small.size);
  assert.deepEqual((await collect(blobs.keys())).flat(), [small.key]);
  disk.enlarge(32);
  const { key } = await blobs.put(large);
  assert.ok((await readBlob(blobs, key)).equals(large));
}
