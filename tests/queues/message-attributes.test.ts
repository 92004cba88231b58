import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfAttributes, keepAttributes, md5OfAttributes, readAttributes } from "../../src/queues/message-attributes.ts";

const attributes = {
  b: { DataType: "Binary.png", BinaryValue: Uint8Array.of(0, 255) },
  a: { DataType: "String", StringValue: "käse" },
};

test("the MD5 does not depend on the order, and none has none", () => {
  const { a, b } = attributes;
  assert.equal(md5OfAttributes({ a, b }), md5OfAttributes({ b, a }));
  assert.notEqual(md5OfAttributes({ a }), md5OfAttributes({ a: { ...a, DataType: "String.x" } }));
  assert.equal(md5OfAttributes({}), undefined);
});

test("attributes are kept as they were, and weigh their names, types and values", () => {
  const back = readAttributes(JSON.parse(JSON.stringify(keepAttributes(attributes))));
  assert.deepEqual(back.a, attributes.a);
  assert.deepEqual([...(back.b?.BinaryValue ?? [])], [0, 255]);
  assert.equal(bytesOfAttributes(attributes), 1 + 10 + 2 + 1 + 6 + 5);
});
