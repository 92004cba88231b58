import assert from "node:assert/strict";
import { test } from "node:test";
import { batchesOf, requestsOf } from "../../src/queues/billed-requests.ts";

const KB = 1024;

test("a call is one request for each 64 KB of what it carries", () => {
  const call = (...sizes: readonly number[]) => requestsOf(sizes.map((size) => ({ body: "x".repeat(size) })));
  assert.equal(call(), 1);
  assert.equal(call(64 * KB), 1);
  assert.equal(call(64 * KB + 1), 2);
  assert.equal(call(32 * KB, 32 * KB), 1);
  assert.equal(call(256 * KB), 4);
  assert.equal(requestsOf([{ body: "\u20ac".repeat(22_000) }]), 2, "three bytes each");
});

test("what takes more than ten messages would be several calls", () => {
  assert.deepEqual(
    [0, 1, 10, 11, 100].map((count) => batchesOf(Array(count).fill(0))),
    [1, 1, 1, 2, 10],
  );
});
