import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { banner, type ServerFacts } from "../../src/cli/banner.ts";

const facts: ServerFacts = {
  endpoint: "http://127.0.0.1:4566",
  version: "1.2.3",
  dataDirectory: "/var/lib/lambent",
  auth: "open",
  notes: ["stem", "not enforced: cpu"],
};
const shown = (changes: Partial<ServerFacts> = {}, environment: Readonly<Record<string, string>> = {}) =>
  banner({ ...facts, ...changes }, { stdout: new Writable(), environment });

test("every note about isolation has a line", () => {
  assert.match(shown(), /^ +sandbox +stem\n +not enforced: cpu$/m);
});

test("on the usual port the hint needs no endpoint, elsewhere it names it", () => {
  assert.match(shown(), /eval "\$\(lambent env\)"/);
  assert.match(shown({ endpoint: "http://127.0.0.1:4567" }), /eval "\$\(lambent env --endpoint-url http:\/\/127\.0\.0\.1:4567\)"/);
});

test("whoever started it through npm is shown the way through npm", () => {
  assert.match(shown({}, { npm_lifecycle_event: "start" }), /eval "\$\(npm run -s lambent -- env\)"/);
});

test("enforce mode says that policies are not evaluated", () => {
  assert.match(shown({ auth: "enforce" }), /IAM policies of callers are not evaluated/);
});

test("a server in memory says that everything goes", () => {
  assert.match(shown({ dataDirectory: undefined }), /gone when lambent stops/);
});

test("colours are for terminals", () => {
  assert.doesNotMatch(shown(), /\x1b/);
  assert.match(shown({}, { FORCE_COLOR: "1" }), /\x1b\[1m/);
});
