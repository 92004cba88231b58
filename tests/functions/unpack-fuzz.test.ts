import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { unpack } from "../../src/functions/unpack.ts";
import { Refusal } from "../../src/functions/unpack-refusal.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { rawZip } from "./raw-zip.ts";

const ROUNDS = 400;

function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

test("a damaged zip is unpacked or refused, never a failure of ours, and nothing appears beside its directory", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "lambent-fuzz-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const link = { name: "l", content: "a/b", mode: 0o120777 };
  const seeds = [await zipOf({ "a/b.js": "x".repeat(500), c: Buffer.alloc(3_000) }), rawZip([{ name: "a/b", content: "hello" }, link])];
  const roll = dice(11);
  let [unpacked, refused] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = Buffer.from(seeds[round % seeds.length]!);
    for (let flips = 1 + roll(4); flips > 0; flips--) bytes[roll(bytes.length)] = roll(256);
    const zip = round % 10 === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes;
    const into = join(root, "into");
    await mkdir(into);
    await writeFile(join(root, "zip"), zip);
    try {
      await unpack({ zip: join(root, "zip"), into, unzippedBytesMax: 100_000, entriesMax: 100 });
      unpacked++;
    } catch (error) {
      assert.ok(error instanceof Refusal, `round ${round}: ${String(error)}`);
      refused++;
    }
    assert.deepEqual((await readdir(root)).sort(), ["into", "zip"]);
    await rm(into, { recursive: true });
  }
  assert.ok(unpacked > 0 && refused > 0, `${unpacked} unpacked, ${refused} refused`);
});
