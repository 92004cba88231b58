import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "../../src/lib/random.ts";

test("a UUID is of version 4 and variant 1, and none comes twice", () => {
  const uuids = Array.from({ length: 5_000 }, () => systemRandom.uuid());
  for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(uuids).size, uuids.length);
});

test("every digit of a UUID that is not given takes every value", () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let n = 0; n < 2_000; n++) for (const [at, digit] of [...systemRandom.uuid()].entries()) seen[at]!.add(digit);
  const counts = seen.map((digits) => digits.size);
  assert.deepEqual(counts, [...Array(8).fill(16), 1, ...Array(4).fill(16), 1, 1, 16, 16, 16, 1, 4, 16, 16, 16, 1, ...Array(12).fill(16)]);
});

test("hexadecimal has two digits for each byte, also beyond what is asked of the kernel at once", () => {
  for (const bytes of [1, 8, 4_096, 10_000]) assert.match(systemRandom.hex(bytes), new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
});
