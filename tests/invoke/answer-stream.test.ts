import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerStream } from "../../src/invoke/answer-stream.ts";

const KIB = 1024;
const nobody = () => {};

async function readAll(stream: AnswerStream): Promise<string> {
  let text = "";
  for await (const piece of stream) text += Buffer.from(piece).toString();
  return text;
}

test("a reader who is there first gets each piece by itself, one who comes later gets small ones together", async () => {
  const early = new AnswerStream(KIB);
  const reader = early[Symbol.asyncIterator]();
  const first = reader.next();
  early.write(Buffer.from("a"), nobody);
  assert.equal(Buffer.from((await first).value!).toString(), "a");
  for (const text of ["b", "c", "d"]) early.write(Buffer.from(text), nobody);
  early.end();
  assert.equal(Buffer.from((await reader.next()).value!).toString(), "bcd");
  assert.equal((await reader.next()).done, true);
});

test("a writer is told to wait when enough is held, and to go on when half of it has been read", async () => {
  const stream = new AnswerStream(1_000 * KIB);
  const reader = stream[Symbol.asyncIterator]();
  let calls = 0;
  const onRoom = () => void calls++;
  let written = 0;
  while (stream.write(Buffer.alloc(32 * KIB), onRoom)) written++;
  assert.ok(written >= 6 && written <= 8, `${written} pieces`);
  for (let taken = 0; calls === 0; taken++) {
    assert.ok(taken < written);
    await reader.next();
  }
  assert.equal(calls, 1);
});

test("many tiny writes are held up too: each costs more than its bytes", () => {
  const stream = new AnswerStream(1_000 * KIB);
  let written = 0;
  while (stream.write(Buffer.of(1), nobody)) written++;
  assert.ok(written < 2_000, `${written} pieces`);
});

test("what comes after the end, or for nobody, is thrown away, and the writer is not held up", async () => {
  const ended = new AnswerStream(KIB);
  ended.write(Buffer.from("all"), nobody);
  ended.end();
  ended.write(Buffer.from("more"), nobody);
  assert.equal(await readAll(ended), "all");

  const abandoned = new AnswerStream(KIB);
  let calls = 0;
  while (abandoned.write(Buffer.alloc(32 * KIB), () => void calls++));
  abandoned.abandon();
  assert.equal(calls, 1);
  for (let round = 0; round < 100; round++) assert.ok(abandoned.write(Buffer.alloc(32 * KIB), nobody));
  assert.equal(await readAll(abandoned), "");
  assert.ok(abandoned.streamedBytes > 100 * 32 * KIB);
});

test("a reader who stops gives the stream up", async () => {
  const stream = new AnswerStream(KIB);
  stream.write(Buffer.from("one"), nobody);
  for await (const _ of stream) break;
  for (let round = 0; round < 20; round++) assert.ok(stream.write(Buffer.alloc(64 * KIB), nobody));
});
