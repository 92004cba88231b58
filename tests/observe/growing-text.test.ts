import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingText } from "../../src/observe/growing-text.ts";

test("texts of one, two, three and four bytes a character lie end to end, however often the buffer has grown", () => {
  const text = new GrowingText();
  const added = Array.from({ length: 2_000 }, (_, i) => `${i} aé€😀`);
  for (const one of added) text.add(one);
  assert.equal(text.bytes.toString("utf8"), added.join(""));
});

test("half of a surrogate pair is one character that stands for it, so that lengths still hold", () => {
  const text = new GrowingText();
  text.add("a\ud83d");
  text.add("b");
  assert.equal(text.bytes.toString("utf8"), "a\ufffdb");
});
