import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilters } from "../../src/patterns/mapping-filter.ts";
import { PatternError } from "../../src/patterns/pattern-error.ts";

const filter = (...patterns: readonly object[]) =>
  compileFilters(
    patterns.map((pattern) => JSON.stringify(pattern)),
    "body",
  );
const record = (body: string) => ({ messageId: "1", body, eventSource: "aws:sqs" });

test("without filters everything matches", () => assert.equal(filter().matches(record("x")), true));

test("a filter for JSON matches JSON bodies by their fields, and no text", () => {
  const json = filter({ body: { city: ["Seattle"] } });
  assert.equal(json.matches(record('{"city":"Seattle"}')), true);
  assert.equal(json.matches(record(' [{"city":"Seattle"}]')), true);
  assert.equal(json.matches(record('{"city":"Rome"}')), false);
  assert.equal(json.matches(record("Seattle")), false);
});

test("a filter for JSON drops a text even where it asks for an absent field", () => {
  const absent = filter({ body: { city: [{ exists: false }] } });
  assert.equal(absent.matches(record("{}")), true);
  assert.equal(absent.matches(record("text")), false);
  assert.equal(absent.matches(record("{broken")), false);
});

test("a filter for texts matches texts, and drops JSON", () => {
  const text = filter({ body: [{ prefix: "order" }, { exists: false }] });
  assert.equal(text.matches(record("order 1")), true);
  assert.equal(text.matches(record('{"order":1}')), false);
  assert.equal(text.matches(record('["order 1"]')), false);
});

test("a filter that says nothing about the body looks at the other properties", () => {
  const metadata = filter({ eventSource: ["aws:sqs"] });
  assert.equal(metadata.matches(record("text")), true);
  assert.equal(metadata.matches(record("{}")), true);
  assert.equal(filter({ messageId: ["2"] }).matches(record("text")), false);
});

test("several filters are alternatives", () => {
  const either = filter({ body: { a: [1] } }, { body: ["x"] });
  assert.deepEqual(
    ['{"a":1}', "x", '{"a":2}', "y"].map((body) => either.matches(record(body))),
    [true, true, false, false],
  );
});

test("a pattern that is none is refused", () => {
  for (const pattern of ['"text"', "[]", "{", '{"body":"x"}', "{}"]) assert.throws(() => compileFilters([pattern], "body"), PatternError);
});
