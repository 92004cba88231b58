import assert from "node:assert/strict";
import { test } from "node:test";
import { startOf } from "../../src/cli/since.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");

test("--since takes a span back from now", () => {
  assert.equal(startOf("90s", NOW_MS), Date.parse("2026-11-25T11:58:30Z"));
  assert.equal(startOf("2h", NOW_MS), Date.parse("2026-11-25T10:00:00Z"));
  assert.equal(startOf("1d", NOW_MS), Date.parse("2026-11-24T12:00:00Z"));
});

test("--since takes a time", () => {
  assert.equal(startOf("2026-11-25T10:00:00Z", NOW_MS), Date.parse("2026-11-25T10:00:00Z"));
});

test("--since refuses anything else by its text", () => {
  assert.throws(() => startOf("yesterday-ish", NOW_MS), /not 'yesterday-ish'/);
});
