// Layers as functions see them: at /opt in their sandbox, or wherever a plain process finds them.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import {
  DeleteLayerVersionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { script, zipOf } from "../services/lambda/zip-of.ts";
import { pythonPackages } from "./real-packages.ts";
import { type RunningServer, type ServerOptions, startServer } from "./running-server.ts";

type Files = Parameters<typeof zipOf>[0];

async function running(t: TestContext, options: ServerOptions): Promise<RunningServer> {
  const server = await startServer(options);
  t.after(() => server.close());
  return server;
}

async function layer({ client }: RunningServer, LayerName: string, files: Files): Promise<string> {
  const { LayerVersionArn } = await client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: await zipOf(files) } }));
  return LayerVersionArn!;
}

/** Answers every event with what `answer`, a command of the shell, prints. */
function bootstrap(answer: string): string {
  return `#!/bin/sh
headers=$(mktemp)
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
  curl -sS -o /dev/null -D "$headers" "$api/next" || exit 1
  id=$(tr -d '\\r' < "$headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  ${answer} | curl -sS -o /dev/null --data-binary @- "$api/$id/response"
done
`;
}

const NODE = `
const { execFileSync } = require("node:child_process");
exports.handler = async () => ({ dep: require("dep"), tool: execFileSync("the-tool").toString().trim() });
`;

const [sharedLibrary] = globSync("/{usr/,}lib/{*-linux-gnu,x86_64,aarch64,.}/libz.so.1");

for (const args of [[], ["--sandbox", "process"]]) {
  suite(["layers", ...args].join(" "), () => {
    test("Node.js finds packages and programs of several layers, the later one's where both have it", async (t) => {
      const server = await running(t, { args });
      const tool = { "bin/the-tool": script("#!/bin/sh\necho from-a-layer\n") };
      const below = await layer(server, "below", { ...tool, "nodejs/node_modules/dep/index.js": "module.exports = 'below';" });
      const above = await layer(server, "above", { "nodejs/node_modules/dep/index.js": "module.exports = 'above';" });
      const zip = await zipOf({ "index.js": NODE });
      await server.create("fn", zip, { Runtime: "nodejs24.x", Layers: [below, above] });
      assert.deepEqual(await server.call("fn"), { dep: "above", tool: "from-a-layer" });
      await server.create("other", zip, { Runtime: "nodejs24.x", Layers: [above, below] });
      assert.deepEqual(await server.call("other"), { dep: "below", tool: "from-a-layer" });
    });

    test("Python finds modules of a layer", async (t) => {
      const { runtime, interpreter } = await pythonPackages();
      const server = await running(t, { args: [...args, "--runtime-path", `${runtime}=${interpreter}`] });
      const arn = await layer(server, "modules", { "python/dep.py": "name = 'layer'" });
      const zip = await zipOf({ "index.py": "import dep\ndef handler(event, context): return dep.name\n" });
      await server.create("fn", zip, { Runtime: runtime as "python3.13", Layers: [arn] });
      assert.equal(await server.call("fn"), "layer");
    });

    test("a shared library of a layer is found by its name alone", {
      skip: sharedLibrary === undefined && "no library to try with",
    }, async (t) => {
      const { runtime, interpreter } = await pythonPackages();
      const server = await running(t, { args: [...args, "--runtime-path", `${runtime}=${interpreter}`] });
      const arn = await layer(server, "library", { "lib/libfromlayer.so": await readFile(sharedLibrary!) });
      const source = "import ctypes\ndef handler(event, context): return ctypes.CDLL('libfromlayer.so')._name\n";
      await server.create("fn", await zipOf({ "index.py": source }), { Runtime: runtime as "python3.13", Layers: [arn] });
      assert.equal(await server.call("fn"), "libfromlayer.so");
    });

    test("an OS-only runtime starts the bootstrap of a layer, unless the code has one", async (t) => {
      const server = await running(t, { args });
      const arn = await layer(server, "runtime", { bootstrap: script(bootstrap("printf '\"%s\"' $(cat greeting)")) });
      const settings: { Runtime: "provided.al2023"; Layers: string[] } = { Runtime: "provided.al2023", Layers: [arn] };
      await server.create("fn", await zipOf({ greeting: "from the task".replaceAll(" ", "-") }), settings);
      assert.equal(await server.call("fn"), "from-the-task");
      await server.create("own", await zipOf({ bootstrap: script(bootstrap("printf '\"own\"'")) }), settings);
      assert.equal(await server.call("own"), "own");
    });
  });
}

test("another list of layers is seen by the next invocation; a published version keeps its own, also when the layer is deleted and the server has restarted", async (t) => {
  const data = await mkdtemp(join(tmpdir(), "lambent-layers-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const first = await startServer({ data });
  const one = await layer(first, "one", { "nodejs/node_modules/dep/index.js": "module.exports = 'one';" });
  const two = await layer(first, "two", { "nodejs/node_modules/dep/index.js": "module.exports = 'two';" });
  const source = "exports.handler = async () => require('dep');";
  await first.create("fn", await zipOf({ "index.js": source }), { Runtime: "nodejs24.x", Layers: [one] });
  assert.equal(await first.call("fn"), "one");
  await first.client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  await first.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Layers: [two] }));
  await waitUntilFunctionUpdatedV2({ client: first.client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName: "fn" });
  assert.equal(await first.call("fn"), "two");
  assert.equal(await first.call("fn:1"), "one");
  await first.client.send(new DeleteLayerVersionCommand({ LayerName: "one", VersionNumber: 1 }));
  assert.equal(await first.call("fn:1"), "one");
  await first.close();
  await rm(join(data, "code"), { recursive: true }); // what can be made again
  const second = await running(t, { data });
  assert.deepEqual([await second.call("fn"), await second.call("fn:1")], ["two", "one"]);
});
