import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter } from "../../src/invoke/line-splitter.ts";

const LINE_BYTES_MAX = 256 * 1024;

function split(text: string, step: number, joinsLines = false): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), { joinsLines });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += step) splitter.push(bytes.subarray(at, at + step));
  splitter.flush();
  return lines;
}

for (const step of [1, 2, 5, 1000]) {
  test(`lines are the same however the output is cut: ${step} bytes at a time`, () => {
    assert.deepEqual(split("one\n\nzwölf\r\nlast without end", step), ["one", "", "zwölf\r", "last without end"]);
  });
}

for (const step of [1, 2, 5, 1000]) {
  test(`a guest's message of several lines is one, however the output is cut: ${step} bytes at a time`, () => {
    const text = "one\x1e\n\x1e\n  zwölf\nalone\n\x1e\nlast\x1e\nwithout end";
    assert.deepEqual(split(text, step, true), ["one\n\n  zwölf", "alone", "\nlast\nwithout end"]);
    assert.deepEqual(split("one\x1e\ntwo\n", step), ["one\x1e", "two"]);
  });
}

test("a guest's message that never ends is cut at the limit", () => {
  const lines = split("0123456789\x1e\n".repeat(LINE_BYTES_MAX / 8), 65_536, true);
  assert.ok(lines.length > 1);
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= LINE_BYTES_MAX));
});

for (const step of [1000, 65_536, 10_000_000]) {
  test(`a long line is cut between characters: ${step} bytes at a time`, () => {
    const text = `a${"é".repeat(LINE_BYTES_MAX)}`;
    const lines = split(text, step);
    assert.equal(lines.join(""), text);
    assert.ok(lines.every((line) => Buffer.byteLength(line) <= LINE_BYTES_MAX));
    assert.equal(lines.length, 3);
  });
}

test("bytes that are no characters lose nothing but themselves", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  splitter.push(Buffer.concat([Buffer.alloc(LINE_BYTES_MAX + 5, 0x80), Buffer.from("\nnext\n")]));
  assert.equal(lines.at(-1), "next");
  assert.equal(lines.length, 3);
});
