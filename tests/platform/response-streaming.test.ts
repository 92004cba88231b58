// Response streaming with real functions, by AWS's SDKs and by curl.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { Sha256 } from "@aws-crypto/sha256-js";
import { AddPermissionCommand, CreateFunctionUrlConfigCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { pythonEnv } from "../../scripts/python-env.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { closedGate, type Gate } from "./gate.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const execute = promisify(execFile);
const MIB = 1024 * 1024;

const NODE = `
const { connect } = require("node:net");
const pause = () => new Promise((done) => setTimeout(done, 20));
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { n = 3, bytes = 0, fail, status, gate } = event.queryStringParameters ?? event;
  if (status) stream = awslambda.HttpResponseStream.from(stream, { statusCode: Number(status), headers: { "x-kind": "streamed" }, cookies: ["a=1", "b=2"] });
  if (fail === "first") throw new RangeError("at once");
  for (let i = 0; i < Number(n); i++) {
    if (!stream.write(bytes ? Buffer.alloc(Number(bytes), 120) : "part " + i + "\\n")) await new Promise((done) => stream.once("drain", done));
    if (gate && i === 0) await new Promise((done) => connect(gate, "gate.lambent.internal", function () { this.write("here"); }).resume().on("close", done));
    else if (!bytes) await pause();
  }
  if (fail === "midway") throw new RangeError("midway");
  if (fail === "exit") process.exit(7);
  stream.end();
});
exports.whole = async () => ({ statusCode: 201, body: "whole" });
`;

suite("response streaming", { timeout: 300_000 }, () => {
  let server: RunningServer;
  /** The function waits there after its first part. */
  let gate: Gate;
  let url: string;
  let signedUrl: string;
  let wholeUrl: string;

  before(async () => {
    gate = await closedGate();
    server = await startServer({ args: ["--stream-bandwidth", "0", "--expose", `gate=127.0.0.1:${gate.port}`] });
    const zip = await zipOf({ "index.js": NODE });
    for (const name of ["parts", "signed"]) await server.create(name, zip, { Runtime: "nodejs24.x" });
    await server.create("whole", zip, { Runtime: "nodejs24.x", Handler: "index.whole" });
    url = await urlOf("parts", "NONE");
    signedUrl = await urlOf("signed", "AWS_IAM");
    wholeUrl = await urlOf("whole", "NONE");
  });
  after(async () => {
    await server?.close();
    gate?.close();
  });

  async function urlOf(FunctionName: string, AuthType: "NONE" | "AWS_IAM"): Promise<string> {
    const everybody = { FunctionName, Principal: "*" };
    const permissions = [
      { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: AuthType },
      { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
    ] as const;
    for (const [index, permission] of permissions.entries())
      await server.client.send(new AddPermissionCommand({ ...everybody, ...permission, StatementId: `url${index}` }));
    const config = { FunctionName, AuthType, InvokeMode: "RESPONSE_STREAM" } as const;
    return (await server.client.send(new CreateFunctionUrlConfigCommand(config))).FunctionUrl!.replace(/\/$/, "");
  }

  async function streamed(FunctionName: string, event: object, onPiece?: () => Promise<void>) {
    const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), LogType: "Tail" });
    const { EventStream } = await server.client.send(command);
    const pieces: Buffer[] = [];
    let end: { ErrorCode?: string | undefined; ErrorDetails?: string | undefined; LogResult?: string | undefined } = {};
    for await (const { PayloadChunk, InvokeComplete } of EventStream!) {
      if (PayloadChunk) pieces.push(Buffer.from(PayloadChunk.Payload!));
      if (PayloadChunk) await onPiece?.();
      end = InvokeComplete ?? end;
    }
    return { pieces, text: Buffer.concat(pieces).toString(), end };
  }

  test("the JavaScript SDK reads what a Node.js function writes, piece by piece, and how it ended", async () => {
    const held = gate.arrival();
    const { pieces, text, end } = await streamed("parts", { gate: gate.port }, async () => void (await held).end());
    assert.equal(text, "part 0\npart 1\npart 2\n");
    assert.equal(pieces[0]!.toString(), "part 0\n");
    assert.equal(end.ErrorCode, undefined);
    assert.match(Buffer.from(end.LogResult!, "base64").toString(), /REPORT RequestId/);
  });

  test("an error midway, an exit and an error before the first byte are told at the end", async () => {
    const midway = await streamed("parts", { fail: "midway" });
    assert.equal(midway.text, "part 0\npart 1\npart 2\n");
    assert.equal(midway.end.ErrorCode, "Unhandled");
    assert.match(midway.end.ErrorDetails!, /"errorType":"RangeError","errorMessage":"midway"/);
    const exit = await streamed("parts", { fail: "exit" });
    assert.equal(exit.text, "part 0\npart 1\npart 2\n");
    assert.match(exit.end.ErrorDetails!, /Runtime\.ExitError.*exit status 7/);
    const first = await streamed("parts", { fail: "first" });
    assert.equal(first.text, "");
    assert.match(first.end.ErrorDetails!, /at once/);
  });

  test("lambda_runtime and lambda_http stream: a prelude, then the body", async () => {
    const binaries = await buildFunctions();
    for (const [name, program] of [
      ["lines", "rust-stream"],
      ["pieces", "http-stream"],
    ] as const) {
      const zip = await zipOf({ bootstrap: { content: await readFile(binaries[program]!), mode: 0o100755 } });
      await server.create(name, zip, { Runtime: "provided.al2023", Handler: "bootstrap" });
    }
    const { text, end } = await streamed("lines", { lines: 2, pauseMs: 1 });
    const [prelude, body] = text.split("\0".repeat(8));
    assert.equal(JSON.parse(prelude!).headers["content-type"], "text/plain; charset=utf-8");
    assert.deepEqual([body, end.ErrorCode], ["line 1 of 2\nline 2 of 2\n", undefined]);
    const answer = await fetch(`${await urlOf("pieces", "NONE")}/some/path`);
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get("content-type"), "text/x-pieces");
    assert.deepEqual(answer.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(await answer.text(), "/some/path 0\n/some/path 1\n/some/path 2\n");
  });

  test("boto3 reads it too, and what a Rust function streams through trailers", async () => {
    const program = (await buildFunctions())["streaming-response"]!;
    const zip = await zipOf({ bootstrap: { content: await readFile(program), mode: 0o100755 } });
    await server.create("rust", zip, { Runtime: "provided.al2023", Handler: "bootstrap" });
    const { python } = await pythonEnv();
    const code = `
import boto3, json, sys
client = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="${REGION}", aws_access_key_id="${ACCOUNT}", aws_secret_access_key="any")
for name, event in [("parts", {}), ("rust", {"chunks": 2}), ("rust", {"chunks": 2, "fail": True})]:
    text, end = b"", None
    for each in client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event))["EventStream"]:
        text += each.get("PayloadChunk", {}).get("Payload", b"")
        end = each.get("InvokeComplete", end)
    print(text.decode().split("\\n"), end)
`;
    const { stdout } = await execute(python, ["-c", code, server.process.endpoint]);
    const lines = stdout.trim().split("\n");
    assert.equal(lines[0], "['part 0', 'part 1', 'part 2', ''] {}");
    assert.equal(lines[1], "['chunk 0', 'chunk 1', ''] {}");
    assert.match(lines[2]!, /^\['chunk 0', 'chunk 1', ''\] \{'ErrorCode': 'Unhandled', 'ErrorDetails': '.*Function\.StreamBroke/);
  });

  test("curl reads a function URL while the function writes", async (t) => {
    const child = spawn("curl", ["-sSN", `${url}/?gate=${gate.port}`], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill());
    let read = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      if (read === "") (await gate.arrival()).end();
      read += chunk;
    }
    assert.equal(read, "part 0\npart 1\npart 2\n");
  });

  test("the prelude is status, headers and cookies; by name and by path", async () => {
    const [, port, id] = /:(\d+)\/_lambent\/url\/(\w+)$/.exec(url)!;
    for (const base of [url, `http://${id}.lambda-url.${REGION}.localhost:${port}`]) {
      const { stdout } = await execute("curl", ["-sSi", `${base}/?status=418`]);
      assert.match(stdout, /^HTTP\/1\.1 418 /);
      assert.match(stdout, /\r\nx-kind: streamed\r\n/i);
      assert.deepEqual(stdout.match(/set-cookie: \w=\d/gi)?.length, 2);
      assert.match(stdout, /\r\ntransfer-encoding: chunked\r\n/i);
      assert.match(stdout, /\r\n\r\npart 0\npart 1\npart 2\n$/);
    }
    const plain = await fetch(url);
    assert.equal(plain.headers.get("content-type"), "application/octet-stream");
  });

  test("an error before the first byte is a 502, one midway cuts the connection", async () => {
    const first = await fetch(`${url}/?fail=first`);
    assert.deepEqual([first.status, await first.text()], [502, "Internal Server Error"]);
    for (const fail of ["midway", "exit"]) {
      const broken = await fetch(`${url}/?status=200&fail=${fail}`);
      assert.equal(broken.status, 200);
      await assert.rejects(broken.text());
    }
    assert.equal(server.process.said(), "");
  });

  test("a function that does not stream is handed on as it answered", async () => {
    const answer = await fetch(wholeUrl);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { statusCode: 201, body: "whole" });
  });

  test("AWS_IAM wants a signature for a stream too", async () => {
    assert.equal((await fetch(signedUrl)).status, 403);
    const target = new URL(signedUrl);
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
    const signer = new SignatureV4({ service: "lambda", region: REGION, credentials, sha256: Sha256 });
    const request = { method: "GET", protocol: "http:", hostname: target.hostname, port: Number(target.port), path: `${target.pathname}/` };
    const { headers } = await signer.sign({ ...request, query: {}, headers: { host: target.host } });
    assert.equal(await (await fetch(`${signedUrl}/`, { headers })).text(), "part 0\npart 1\npart 2\n");
  });

  test("a caller that does not read costs no memory, and gets every byte when it does", async () => {
    await (await fetch(`${url}/?n=64&bytes=${MIB}`)).arrayBuffer();
    const before = await residentBytes(server.process.pid);
    const [response] = (await once(get(`${url}/?n=150&bytes=${MIB}`), "response")) as [import("node:http").IncomingMessage];
    response.pause();
    // While the stream stands still, others are served.
    for (let round = 0; round < 20; round++) assert.equal((await streamed("parts", { n: 1 })).text, "part 0\n");
    const grownMib = ((await residentBytes(server.process.pid)) - before) / MIB;
    assert.ok(grownMib < 60, `${grownMib} MiB more while 150 MiB were not read`);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    assert.equal(bytes, 150 * MIB);
  });

  test("small pieces of a runtime that leaves Nagle's algorithm on are acknowledged soon, where the kernel can be told to", async (t) => {
    const setting = "/proc/sys/net/ipv4/tcp_rto_min_us";
    if (!existsSync(setting) || !server.process.notes.some((note) => note.startsWith("stem"))) return t.skip("not on this machine");
    const index = `exports.handler = async () => require("node:fs").readFileSync("${setting}", "utf8").trim();`;
    await server.create("reads", await zipOf({ "index.js": index }), { Runtime: "nodejs24.x" });
    assert.equal(await server.call("reads"), "8000");
  });

  test("callers that go away leave no environment busy", async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const request = get(`${url}/?n=20&bytes=${MIB}`);
        const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
        await once(response, "data");
        request.destroy();
      }),
    );
    for (let running = 1; running > 0; ) {
      const health = await fetch(`${server.process.endpoint}/_lambent/health`);
      running = ((await health.json()) as { running: number }).running;
    }
    assert.equal((await streamed("parts", { n: 1 })).text, "part 0\n");
    assert.equal(server.process.said(), "");
  });

  test("200 MB are the limit", async () => {
    const { end, pieces } = await streamed("parts", { n: 201, bytes: MIB });
    assert.equal(
      pieces.reduce((sum, piece) => sum + piece.length, 0),
      200 * MIB,
    );
    assert.match(end.ErrorDetails!, /Function\.ResponseSizeTooLarge/);
  });
});

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}
