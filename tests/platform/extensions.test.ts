// Extensions as users have them: in a layer, beside functions of managed runtimes, whose interpreter may be waiting before its function is known.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { InvokeCommand, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { script, zipOf } from "../services/lambda/zip-of.ts";
import { startServer } from "./running-server.ts";

/** Counts INVOKE events in /tmp, before it asks for the next one. */
const COUNTER = `#!/usr/bin/env node
const { writeFileSync } = require("node:fs");
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension";
async function main() {
  const headers = { "lambda-extension-name": "counter", "content-type": "application/json" };
  const answer = await fetch(base + "/register", { method: "POST", headers, body: JSON.stringify({ events: ["INVOKE"] }) });
  const identifier = answer.headers.get("lambda-extension-identifier");
  for (let count = 0; ; count++) {
    writeFileSync("/tmp/count", String(count));
    await (await fetch(base + "/event/next", { headers: { "lambda-extension-identifier": identifier } })).json();
  }
}
main();
`;
const HEARS = `#!/usr/bin/env python3
import http.client, json, os
def call(method, path, body="", headers={}):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2020-01-01/extension/" + path, body, headers)
    response = connection.getresponse()
    return response.headers, json.loads(response.read())
headers, _ = call("POST", "register", '{"events":["INVOKE"]}', {"Lambda-Extension-Name": "hears"})
while True:
    _, event = call("GET", "event/next", headers={"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]})
    print("heard", event["requestId"], flush=True)
`;
const NODE = `
const { readFileSync } = require("node:fs");
const atInit = readFileSync("/tmp/count", "utf8");
exports.handler = async () => ({ atInit, now: readFileSync("/tmp/count", "utf8") });
`;

suite("extensions in layers", { timeout: 600_000 }, () => {
  test("of Node.js start before functions of managed runtimes and see each invocation", async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    const ZipFile = await zipOf({ "extensions/counter": script(COUNTER) });
    const { LayerVersionArn } = await server.client.send(new PublishLayerVersionCommand({ LayerName: "counter", Content: { ZipFile } }));
    await server.create("node", await zipOf({ "index.js": NODE }), { Runtime: "nodejs24.x", Layers: [LayerVersionArn!] });
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      answers.push(await server.call("node"));
      const { LogResult } = await server.client.send(new InvokeCommand({ FunctionName: "node", LogType: "Tail" })); // waits for the end
      assert.ok(LogResult !== undefined);
    }
    assert.deepEqual(
      answers.map((answer) => (answer as { atInit: string }).atInit),
      ["0", "0", "0"],
    );
    const counts = answers.map((answer) => Number((answer as { now: string }).now));
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      counts,
    );
    assert.ok(counts[2]! >= 4, JSON.stringify(counts));
  });

  for (const sandbox of ["stem", "process", ...(findBubblewrap() === undefined ? [] : ["bubblewrap"])]) {
    test(`in Python, hear of each invocation and print into its log: ${sandbox}`, async (t) => {
      const server = await startServer({ args: ["--sandbox", sandbox] });
      t.after(() => server.close());
      const ZipFile = await zipOf({ "extensions/hears": script(HEARS) });
      const { LayerVersionArn } = await server.client.send(new PublishLayerVersionCommand({ LayerName: "hears", Content: { ZipFile } }));
      const code = await zipOf({ "index.js": "exports.handler = async () => 1;" });
      await server.create("node", code, { Runtime: "nodejs24.x", Layers: [LayerVersionArn!] });
      for (let n = 0; n < 2; n++) {
        const { LogResult } = await server.client.send(new InvokeCommand({ FunctionName: "node", LogType: "Tail" }));
        const tail = Buffer.from(LogResult!, "base64").toString();
        const [, requestId] = /START RequestId: (\S+)/.exec(tail)!;
        assert.ok(tail.includes(`heard ${requestId}\n`), tail);
      }
    });
  }
});
