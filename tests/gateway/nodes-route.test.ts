// Who is in the cluster is told to its operator.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nodesRoute } from "../../src/gateway/nodes-route.ts";
import { OperatorGuard } from "../../src/gateway/operator-guard.ts";

const TOKEN = "0123456789abcdef";
const describe = () => [{ id: "one", address: "10.0.0.1:4700" }];

function ask(auth: "open" | "enforce", authorization?: string) {
  const headers = authorization === undefined ? {} : { authorization };
  const request = {
    method: "GET",
    path: "/_lambent/nodes",
    query: "",
    headers,
    body: async () => new Uint8Array(),
    signal: new AbortController().signal,
  };
  return new OperatorGuard(auth, TOKEN).around(nodesRoute(describe)).handle(request);
}

test("in open mode, which is for this machine alone, whoever asks is told", async () => {
  const { status, body } = await ask("open");
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(String(body)), { nodes: describe() });
});

test("in enforce mode only who can read the token in the data directory", async () => {
  for (const given of [undefined, "", "Bearer 0123456789abcdee", TOKEN]) {
    await assert.rejects(ask("enforce", given), { code: "AccessDenied", status: 403 });
  }
  assert.equal((await ask("enforce", `Bearer ${TOKEN}`)).status, 200);
});
