import assert from "node:assert/strict";
import { test } from "node:test";
import { itemFailures } from "../../src/sources/sqs/item-failures.ts";

const ids = new Set(["a", "b", "c"]);
const read = (answer: string) => {
  const failures = itemFailures(Buffer.from(answer), ids);
  return failures === "all" ? failures : [...failures];
};

test("the messages that are named have failed", () => {
  assert.deepEqual(read('{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}'), ["b", "a"]);
});

test("nothing has failed where the answer names nothing", () => {
  for (const answer of ["", "null", '""', "{}", '{"other":1}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}'])
    assert.deepEqual(read(answer), [], answer);
});

test("all have failed where the answer cannot be understood", () => {
  const answers = [
    "{",
    '"done"',
    "1",
    "true",
    "[]",
    '{"batchItemFailures":"a"}',
    '{"batchItemFailures":["a"]}',
    '{"batchItemFailures":[null]}',
    '{"batchItemFailures":[{"itemIdentifier":""}]}',
    '{"batchItemFailures":[{"itemIdentifier":null}]}',
    '{"batchItemFailures":[{"messageId":"a"}]}',
    '{"batchItemFailures":[{"itemIdentifier":"unknown"}]}',
    '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}',
  ];
  for (const answer of answers) assert.equal(read(answer), "all", answer);
});
