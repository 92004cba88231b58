import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenRule } from "./rooms.ts";

const allowed = (from: string, to: string) => assert.equal(brokenRule({ from, to }), undefined);
const refused = (from: string, to: string, rule: RegExp) => assert.match(brokenRule({ from, to }) ?? "", rule);

test("a room imports itself and what is below it", () => {
  allowed("invoke/pool.ts", "invoke/environment.ts");
  allowed("invoke/pool.ts", "sandbox/sandbox.ts");
  allowed("platform.ts", "gateway/server.ts");
});

test("a room never imports what is above it", () => {
  refused("sandbox/stem.ts", "invoke/pool.ts", /sandbox is below invoke/);
});

test("neighbours of one line do not know each other", () => {
  refused("store/blobs.ts", "wire/call.ts", /do not know each other/);
});

test("a service never imports another", () => {
  refused("services/sqs/send.ts", "services/lambda/invoke.ts", /never imports another/);
  allowed("services/sqs/send.ts", "services/answer.ts");
});

test("config.ts is for main, platform and cli", () => {
  allowed("cli/connection.ts", "config.ts");
  refused("gateway/server.ts", "config.ts", /hand the value in/);
});

test("procs import what the SQLite thread may load and no more", () => {
  allowed("functions/catalogue.procs.ts", "store/database.ts");
  allowed("functions/catalogue.procs.ts", "functions/name.ts");
  refused("functions/catalogue.procs.ts", "access/keys.ts", /SQLite thread/);
});

test("a folder that ARCHITECTURE.md does not know is refused", () => {
  refused("services/sqs/send.ts", "shared/thing.ts", /no room/);
});
