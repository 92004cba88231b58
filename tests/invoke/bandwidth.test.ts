import assert from "node:assert/strict";
import { test } from "node:test";
import { pauseMs, UNCAPPED_BYTES } from "../../src/invoke/bandwidth.ts";

const MIB = 1024 * 1024;

test("the first 6 MB are not held up", () => {
  for (const bytes of [0, MIB, UNCAPPED_BYTES]) assert.equal(pauseMs({ bytes, elapsedMs: 0 }, 2 * MIB), 0);
});

test("beyond them 2 MB take a second, less what has passed already", () => {
  assert.equal(pauseMs({ bytes: UNCAPPED_BYTES + 2 * MIB, elapsedMs: 0 }, 2 * MIB), 1_000);
  assert.equal(pauseMs({ bytes: UNCAPPED_BYTES + 3 * MIB, elapsedMs: 1_400 }, 2 * MIB), 100);
  assert.equal(pauseMs({ bytes: UNCAPPED_BYTES + 3 * MIB, elapsedMs: 5_000 }, 2 * MIB), 0);
});
