// Function URLs with real functions behind them, called by real HTTP clients.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { Sha256 } from "@aws-crypto/sha256-js";
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  type FunctionUrlAuthType,
} from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import { script, zipOf } from "../services/lambda/zip-of.ts";
import { closedGate } from "./gate.ts";
import { pythonPackages } from "./real-packages.ts";
import { ACCOUNT, REGION, type RunningServer, type ServerOptions, startServer } from "./running-server.ts";

const execute = promisify(execFile);

async function running(t: TestContext, options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startServer(options);
  t.after(() => server.close());
  return server;
}

/** Without the last slash. */
async function urlOf({ client }: RunningServer, FunctionName: string, AuthType: FunctionUrlAuthType = "NONE"): Promise<string> {
  const everybody = { FunctionName, Principal: "*" };
  const viaUrl = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: AuthType };
  await client.send(new AddPermissionCommand({ ...everybody, ...viaUrl, StatementId: "a" }));
  await client.send(
    new AddPermissionCommand({ ...everybody, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true, StatementId: "b" }),
  );
  const { FunctionUrl } = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType }));
  return FunctionUrl!.replace(/\/$/, "");
}

function byName(url: string): string {
  const [, port, id] = /:(\d+)\/_lambent\/url\/(\w+)$/.exec(url)!;
  return `http://${id}.lambda-url.${REGION}.localhost:${port}`;
}

const NODE = `
exports.handler = async (event) => {
  if (event.rawPath === "/throw") throw new Error("no");
  if (event.rawPath === "/exit") process.exit(1);
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (event.rawPath === "/plain") return { method: event.requestContext.http.method, query: event.queryStringParameters };
  return {
    statusCode: 201,
    headers: { "content-type": event.headers["content-type"] ?? "text/plain" },
    cookies: [...(event.cookies ?? []), "seen=1"],
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
};
`;

test("curl and fetch call a Node.js function by name and by path: bytes, cookies, queries and errors", async (t) => {
  const server = await running(t);
  await server.create("web", await zipOf({ "index.js": NODE }), { Runtime: "nodejs24.x" });
  const url = await urlOf(server, "web");
  const bytes = Buffer.from([0, 159, 146, 150, 255]);
  const headers = { "content-type": "application/octet-stream", cookie: "a=1; b=2" };
  const echoed = await fetch(url, { method: "POST", headers, body: bytes });
  assert.equal(echoed.status, 201);
  assert.deepEqual(echoed.headers.getSetCookie(), ["a=1", "b=2", "seen=1"]);
  assert.deepEqual(Buffer.from(await echoed.arrayBuffer()), bytes);
  for (const base of [url, byName(url)]) {
    const { stdout } = await execute("curl", ["-sS", "-X", "DELETE", `${base}/plain?x=1&x=2`]);
    assert.equal(stdout, '{"method":"DELETE","query":{"x":"1,2"}}');
    const head = await execute("curl", ["-sS", "-I", `${base}/anything`]);
    assert.match(head.stdout, /^HTTP\/1\.1 201 .*set-cookie: seen=1/is);
  }
  for (const path of ["/throw", "/exit"]) {
    const failed = await fetch(url + path);
    assert.deepEqual([failed.status, await failed.text()], [502, "Internal Server Error"]);
  }
  const large = Buffer.alloc(4_000_000, 7);
  const answered = await fetch(url, { method: "POST", headers: { "content-type": "image/png" }, body: large });
  assert.equal(Buffer.compare(Buffer.from(await answered.arrayBuffer()), large), 0);
  await server.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "web" }));
  assert.equal((await fetch(url)).status, 403);
});

test("a Python function that answers a dict answers JSON; one that takes too long is a 502", async (t) => {
  const { runtime, interpreter } = await pythonPackages();
  const server = await running(t, { args: ["--runtime-path", `${runtime}=${interpreter}`] });
  const source = `
import time
def handler(event, context):
    if event["rawPath"] == "/slow": time.sleep(30)
    return {"hello": "wörld", "id": context.aws_request_id == event["requestContext"]["requestId"]}
`;
  await server.create("web", await zipOf({ "index.py": source }), { Runtime: runtime as "python3.13", Timeout: 3 });
  const url = await urlOf(server, "web");
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/json"]);
  assert.deepEqual(await answer.json(), { hello: "wörld", id: true });
  const slow = await fetch(`${url}/slow`);
  assert.deepEqual([slow.status, await slow.text()], [502, "Internal Server Error"]);
});

test("with AWS_IAM under --auth enforce a request is who its signature proves", async (t) => {
  const server = await running(t, { auth: "enforce" });
  const code = "exports.handler = async (event) => event.requestContext.authorizer.iam.accountId + ' ' + event.body;";
  await server.create("web", await zipOf({ "index.js": code }), { Runtime: "nodejs24.x" });
  const url = await urlOf(server, "web", "AWS_IAM");
  const signed = async (base: string, body: string, secret?: string) => {
    const { host, hostname, pathname } = new URL(`${base}/a%20path`);
    const credentials = await server.client.config.credentials();
    const signer = new SignatureV4({
      service: "lambda",
      region: REGION,
      credentials: { ...credentials, secretAccessKey: secret ?? credentials.secretAccessKey },
      sha256: Sha256,
    });
    const headers = { host, "content-type": "text/plain" };
    return signer.sign({ method: "POST", protocol: "http:", hostname, path: pathname, query: { q: "1" }, headers, body });
  };
  const send = async (base: string, request: Awaited<ReturnType<typeof signed>>, body: string) => {
    const options = Object.entries(request.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const { stdout } = await execute("curl", ["-sS", "-w", "\n%{http_code}", ...options, "-d", body, `${base}/a%20path?q=1`]);
    return stdout.split("\n");
  };
  for (const base of [url, byName(url)]) {
    assert.deepEqual(await send(base, await signed(base, "hello"), "hello"), [`${ACCOUNT} hello`, "200"]);
    assert.equal((await send(base, await signed(base, "hello"), "other")).at(-1), "403");
    assert.equal((await send(base, await signed(base, "hello", "wrong"), "hello")).at(-1), "403");
    assert.equal((await fetch(url, { method: "POST" })).status, 403);
  }
});

test("every request beyond the limit is a 429, and the others are answered", { timeout: 300_000 }, async (t) => {
  const gate = await closedGate();
  t.after(gate.close);
  const server = await running(t, { args: ["--concurrency", "2", "--expose", `gate=127.0.0.1:${gate.port}`] });
  const hold = `require("node:net").connect(${gate.port}, "gate.lambent.internal", function () { this.write("here"); }).resume()`;
  const code = `exports.handler = () => new Promise((resolve) => ${hold}.on("close", () => resolve("done")));`;
  await server.create("web", await zipOf({ "index.js": code }), { Runtime: "nodejs24.x" });
  const url = await urlOf(server, "web");
  const statuses: number[] = [];
  const asked = Array.from({ length: 6 }, async () => {
    statuses.push((await fetch(url)).status);
    if (statuses.length === 4) gate.open();
  });
  await Promise.all(asked);
  assert.deepEqual(statuses, [429, 429, 429, 429, 200, 200]);
});

test("a script of the shell is a web server too", async (t) => {
  const server = await running(t, { args: ["--sandbox", "process"] });
  const bootstrap = `#!/bin/sh
headers=$(mktemp)
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
  curl -sS -o /dev/null -D "$headers" "$api/next" || exit 1
  id=$(tr -d '\\r' < "$headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  curl -sS -o /dev/null -d '{"statusCode": 302, "headers": {"Location": "/elsewhere"}}' "$api/$id/response"
done
`;
  await server.create("web", await zipOf({ bootstrap: script(bootstrap) }), { Runtime: "provided.al2023" });
  const answer = await fetch(await urlOf(server, "web"), { redirect: "manual" });
  assert.deepEqual([answer.status, answer.headers.get("location")], [302, "/elsewhere"]);
});
