// The AWS Lambda Web Adapter, unchanged from crates.io: web servers that know nothing of Lambda, as functions behind function URLs.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, suite, test } from "node:test";
import {
  AddPermissionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  type InvokeMode,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { webAdapter } from "../../scripts/web-adapter.ts";
import { script, zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

/** The adapter's layer has such a program for managed runtimes: it starts the handler in the runtime's stead. */
const WRAPPER = '#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/$_HANDLER"\n';

const NODE_SERVER = `
const { createServer } = require("node:http");
createServer((request, response) => {
  response.setHeader("x-agent", request.headers["user-agent"] ?? "");
  response.end(JSON.stringify({ method: request.method, url: request.url, node: process.version }));
}).listen(process.env.PORT);
`;

/** Answers only when ten requests are there at one time. */
const PYTHON_SERVER = `#!/usr/bin/env python3
import http.server, os, threading
barrier = threading.Barrier(10)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/meet": barrier.wait(60)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

function capacityFor(PerExecutionEnvironmentMaxConcurrency: number) {
  const CapacityProviderArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:capacity-provider:lambent`;
  return { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn, PerExecutionEnvironmentMaxConcurrency } };
}

async function urlOf({ client }: RunningServer, FunctionName: string, mode: InvokeMode = "BUFFERED"): Promise<string> {
  const everybody = { FunctionName, Principal: "*" };
  await client.send(
    new AddPermissionCommand({ ...everybody, StatementId: "a", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" }),
  );
  await client.send(
    new AddPermissionCommand({ ...everybody, StatementId: "b", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true }),
  );
  const { FunctionUrl } = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", InvokeMode: mode }));
  return FunctionUrl!.replace(/\/$/, "");
}

suite("web servers behind the AWS Lambda Web Adapter", { timeout: 600_000 }, () => {
  let files: { adapter: Buffer; axum: Buffer };
  before(async () => {
    const [adapter, binaries] = [await webAdapter(), await buildFunctions()];
    files = { adapter: await readFile(adapter), axum: await readFile(binaries["rust-web"]!) };
  });

  async function layer({ client }: RunningServer): Promise<string> {
    const ZipFile = await zipOf({ "extensions/lambda-adapter": { content: files.adapter, mode: 0o100755 }, bootstrap: script(WRAPPER) });
    const { LayerVersionArn } = await client.send(new PublishLayerVersionCommand({ LayerName: "web-adapter", Content: { ZipFile } }));
    return LayerVersionArn!;
  }

  async function axumServer(
    server: RunningServer,
    variables: Record<string, string> = {},
    more: Pick<CreateFunctionCommandInput, "CapacityProviderConfig"> = {},
  ): Promise<FunctionConfiguration> {
    await server.create("web", await zipOf({ bootstrap: { content: files.axum, mode: 0o100755 } }), {
      Runtime: "provided.al2023",
      Layers: [await layer(server)],
      Environment: { Variables: { PORT: "8080", ...variables } },
      ...more,
    });
    return (await server.client.send(new GetFunctionCommand({ FunctionName: "web" }))).Configuration!;
  }

  test("an axum server answers paths, queries, bodies, bytes and cookies", async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    await axumServer(server);
    const url = await urlOf(server, "web");
    const hello = await fetch(`${url}/hello/Ada?loud=true`);
    assert.deepEqual([hello.status, await hello.json()], [200, { text: "HELLO, ADA!" }]);
    const bytes = Buffer.from([0, 255, 128, 10]);
    const echo = await fetch(`${url}/echo`, { method: "POST", body: bytes, headers: { "content-type": "application/octet-stream" } });
    assert.deepEqual([echo.status, Buffer.from(await echo.arrayBuffer())], [201, bytes]);
    assert.deepEqual(echo.headers.getSetCookie(), ["seen=1; Path=/"]);
    assert.equal((await fetch(`${url}/nowhere`)).status, 404);
    assert.equal((await fetch(`${url}/count`)).headers.get("transfer-encoding"), null);
  });

  test("a streamed answer arrives line by line", { timeout: 300_000 }, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    await axumServer(server, { AWS_LWA_INVOKE_MODE: "response_stream" });
    const url = await urlOf(server, "web", "RESPONSE_STREAM");
    let pieces: string[] = [];
    while (pieces.length < 2) {
      pieces = []; // on a machine that was out of breath they may have come together
      for await (const piece of (await fetch(`${url}/count`)).body!) pieces.push(Buffer.from(piece).toString());
      assert.equal(pieces.join(""), "line 1\nline 2\nline 3\nline 4\nline 5\n");
    }
  });

  test("several streamed answers come from one environment at one time", async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    await axumServer(server, { AWS_LWA_INVOKE_MODE: "response_stream" }, { CapacityProviderConfig: capacityFor(5) });
    const url = await urlOf(server, "web", "RESPONSE_STREAM");
    const answers = await Promise.all(Array.from({ length: 5 }, async () => (await fetch(`${url}/count`)).text()));
    assert.deepEqual(answers, Array(5).fill("line 1\nline 2\nline 3\nline 4\nline 5\n"));
  });

  test("one environment with a capacity provider serves many requests at one time", async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    await server.create("web", await zipOf({ bootstrap: script(PYTHON_SERVER) }), {
      Runtime: "provided.al2023",
      Layers: [await layer(server)],
      Environment: { Variables: { PORT: "8080" } },
      CapacityProviderConfig: capacityFor(10),
    });
    const url = await urlOf(server, "web");
    const pids = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(`${url}/meet`)).text()));
    assert.equal(new Set(pids).size, 1, pids.join(" "));
  });

  test("a Node.js server starts by the layer's wrapper, on the managed runtime", async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    const code = await zipOf({ "server.js": NODE_SERVER, "run.sh": script("#!/bin/sh\nexec node server.js\n") });
    await server.create("node", code, {
      Runtime: "nodejs24.x",
      Handler: "run.sh",
      Layers: [await layer(server)],
      Environment: { Variables: { PORT: "8080", AWS_LAMBDA_EXEC_WRAPPER: "/opt/bootstrap" } },
    });
    const answer = await fetch(`${await urlOf(server, "node")}/a/b?c=d`, { method: "PUT", headers: { "user-agent": "tested" } });
    const { method, url, node } = (await answer.json()) as Record<string, string>;
    assert.deepEqual([method, url, node!.split(".")[0], answer.headers.get("x-agent")], ["PUT", "/a/b?c=d", "v24", "tested"]);
  });
});
