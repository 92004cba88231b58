import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../src/lib/slots.ts";

test("what was added and not removed is there, and numbers are used again", () => {
  const slots = new Slots<{ readonly name: string }>();
  const a = slots.add({ name: "a" });
  const b = slots.add({ name: "b" });
  slots.remove(a);
  assert.deepEqual(slots.all(), [{ name: "b" }]);
  assert.equal(slots.add({ name: "c" }), a);
  assert.deepEqual(
    slots.all().map(({ name }) => name),
    ["c", "b"],
  );
  slots.remove(b);
  assert.equal(slots.all().length, 1);
});
