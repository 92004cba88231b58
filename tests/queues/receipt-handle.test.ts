import assert from "node:assert/strict";
import { test } from "node:test";
import { handleText, readHandle } from "../../src/queues/receipt-handle.ts";

const handle = { queueId: 7, id: 2 ** 40, receiveCount: 3, receivedAtMs: 1_790_000_000_123 };

test("a handle says what it was made from", () => {
  assert.deepEqual(readHandle(handleText(handle, "salt"), "salt"), handle);
});

test("another installation's handle, an altered one and any other text are none", () => {
  const text = handleText(handle, "salt");
  assert.equal(readHandle(text, "other"), undefined);
  for (let at = 4; at < text.length; at += 5) {
    const altered = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    assert.equal(readHandle(altered, "salt"), undefined, altered);
  }
  for (const other of ["", "AQEB", text.slice(0, -4), `${text}AAAA`, "x".repeat(1_000)]) assert.equal(readHandle(other, "salt"), undefined);
});
