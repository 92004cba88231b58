import assert from "node:assert/strict";
import { test } from "node:test";
import { compareAnswers } from "../../src/trial/compare-answers.ts";
import { differences, ignoreRule, isIgnorePath } from "../../src/trial/json-difference.ts";

function paths(a: unknown, b: unknown, ignore: readonly string[] = [], tolerance = 0): readonly string[] {
  return differences(a, b, { ignore: ignore.map(ignoreRule), tolerance }).map(({ kind, path }) => `${kind} ${path}`);
}

test("values, members and items that differ are named by their path", () => {
  const primary = { id: 1, name: "a", tags: ["x", "y"], gone: 1, deep: [{ price: 5 }] };
  const candidate = { id: 1, name: "b", tags: ["x"], extra: 1, deep: [{ price: "5" }] };
  assert.deepEqual(paths(primary, candidate).toSorted(), [
    "added extra",
    "changed name",
    "missing gone",
    "missing tags[*]",
    "type deep[0].price",
  ]);
});

test("the order of members makes no difference, that of items does", () => {
  assert.deepEqual(paths({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
  assert.deepEqual(paths([1, 2], [2, 1]), ["changed [0]", "changed [1]"]);
});

test("ignored are a path with all below it, any index, any name, any depth", () => {
  const of = (at: string) => ({ meta: { requestId: at, at }, items: [{ id: at, n: 1 }], timestamp: at });
  assert.deepEqual(paths(of("1"), of("2"), ["meta", "items[*].id", "timestamp"]), []);
  assert.deepEqual(paths(of("1"), of("2"), ["**.requestId", "meta.*", "$.items[*].*", "timestamp"]), []);
  assert.deepEqual(paths(of("1"), of("2"), ["met", "items", "timestam"]), [
    "changed meta.requestId",
    "changed meta.at",
    "changed timestamp",
  ]);
});

test("numbers may differ by the tolerance, and by no more", () => {
  assert.deepEqual(paths({ n: 100 }, { n: 100.9 }, [], 0.01), []);
  assert.deepEqual(paths({ n: 100 }, { n: 102 }, [], 0.01), ["changed n"]);
});

test("JSON inside a string is compared as JSON", () => {
  const body = (value: object) => ({ statusCode: 200, body: JSON.stringify(value) });
  assert.deepEqual(paths(body({ a: 1, b: 2 }), { statusCode: 200, body: '{"b": 2, "a": 1}' }), []);
  assert.deepEqual(paths(body({ a: 1 }), body({ a: 2 })), ["changed body.a"]);
});

test("answers: one that fails, one that fails otherwise, bytes that are no JSON", () => {
  const rules = { ignore: [], tolerance: 0 };
  const good = (payload: string) => ({ payload: Buffer.from(payload), executedVersion: "1" });
  const bad = (errorType: string, errorMessage = "") => ({
    ...good(JSON.stringify({ errorType, errorMessage })),
    functionError: "Unhandled" as const,
  });
  assert.deepEqual(compareAnswers(good("1"), bad("E"), rules), [{ kind: "status", path: "" }]);
  assert.deepEqual(compareAnswers(bad("E"), bad("F"), rules), [{ kind: "error", path: "errorType" }]);
  assert.deepEqual(compareAnswers(bad("E", "here"), bad("E", "there"), rules), []);
  assert.deepEqual(compareAnswers(good("one"), good("two"), rules), [{ kind: "bytes", path: "" }]);
  assert.deepEqual(compareAnswers(good('{"a":[{"b":1},{"b":2}]}'), good('{"a":[{"b":3},{"b":4}]}'), rules), [
    { kind: "changed", path: "a[*].b" },
  ]);
});

test("a path that would be read otherwise than it is meant is none", () => {
  const good = ["requestId", "$.requestId", "items[*].id", "items[3]", "[0].id", "**.timestamp", "a.*.b", "meta*"];
  assert.deepEqual(
    good.filter((path) => !isIgnorePath(path)),
    [],
  );
  const bad = ["", "$", "[", "items[*", "items[x]", "a..b", "a.**.b", "**", "a.", "items[1]x"];
  assert.deepEqual(bad.filter(isIgnorePath), []);
});
