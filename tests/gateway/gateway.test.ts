// The server around the wire: limits, refusals, own routes, connections from sandboxes, and the end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand, TagResourceCommand } from "@aws-sdk/client-lambda";
import { healthRoute } from "../../src/gateway/health-routes.ts";
import type { InternalRequest } from "../../src/gateway/internal-routes.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import type { Call, Caller } from "../../src/wire/call.ts";
import type { WireResponse } from "../../src/wire/message.ts";
import { clientOptions } from "../wire/sdk-clients.ts";
import { nobody, type OpenGateway, openGateway } from "./open-gateway.ts";
import { exchangeRaw, requestText } from "./raw-http.ts";

type Bag = Record<string, unknown>;

const role = "arn:aws:iam::000000000000:role/r";
const roleCaller: Caller = {
  account: "000000000000",
  region: "eu-west-1",
  accessKeyId: "",
  principalArn: "arn:aws:sts::000000000000:assumed-role/r/f",
};
let gateway: OpenGateway;
let client: LambdaClient;
let calls: { call: Call; input: Bag }[] = [];
let failing: () => unknown = () => new Error("a bug");

before(async () => {
  const record = (output: (input: Bag) => Bag) => async (input: Bag, call: Call) => {
    calls.push({ call, input });
    return output(input);
  };
  const operations = {
    Invoke: record((input) => ({ StatusCode: 200, Payload: input.Payload })),
    CreateFunction: record((input) => ({ CodeSize: (input.Code as { ZipFile: Uint8Array }).ZipFile.byteLength })),
    ListFunctions: async () => Promise.reject(failing()),
    TagResource: "not-implemented" as const,
  };
  const logs = { PutLogEvents: record(() => ({})) };
  const routes = [healthRoute(() => ({ version: "1" })), { method: "POST", prefix: "/_lambent/echo", handle: echo }];
  gateway = await openGateway(
    { lambda: { operations, context: undefined }, logs: { operations: logs, context: undefined } },
    { routes, credentials: nobody },
  );
  client = new LambdaClient(clientOptions(gateway.port));
});
after(async () => {
  client.destroy();
  await gateway.close();
});

async function echo(request: InternalRequest): Promise<WireResponse> {
  return { status: 200, headers: {}, body: await request.body(10) };
}
const create = (bytes: number) =>
  client.send(new CreateFunctionCommand({ FunctionName: "f", Role: role, Code: { ZipFile: Buffer.alloc(bytes) } }));

test("code of 50 MB is taken", async () => {
  assert.equal((await create(50_000_000)).CodeSize, 50_000_000);
});

test("a longer request is refused with AWS's words, and the caller gets to read them", async () => {
  await assert.rejects(create(53_000_000), {
    name: "RequestEntityTooLargeException",
    message: "Request must be smaller than 70167211 bytes for the CreateFunction operation",
  });
});

test("a payload of 6 MiB is taken, and one byte more is refused with its size", async () => {
  const invoke = (bytes: number, type: "RequestResponse" | "Event" = "RequestResponse") =>
    client.send(new InvokeCommand({ FunctionName: "f", InvocationType: type, Payload: Buffer.alloc(bytes, "1") }));
  assert.equal((await invoke(6_291_456)).Payload?.byteLength, 6_291_456);
  await assert.rejects(invoke(6_291_457), {
    message: "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
  });
  await assert.rejects(invoke(1_048_577, "Event"), {
    message: "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
  });
});

test("a chunked payload beyond the limit is refused too", async () => {
  const chunk = `${(1 << 20).toString(16)}\r\n${"1".repeat(1 << 20)}\r\n`;
  const { status, body } = await exchangeRaw(
    gateway.port,
    `${requestText("POST /2015-03-31/functions/f/invocations", { "transfer-encoding": "chunked" })}${chunk.repeat(7)}0\r\n\r\n`,
  );
  assert.equal(status, 413);
  assert.match(body, /byte payload is too large/);
});

test("a large malformed body is refused as a small one is", async () => {
  for (const filler of ["", " ".repeat(2_000_000)]) {
    const { status, head } = await exchangeRaw(gateway.port, requestText("POST /2015-03-31/functions", {}, `{"FunctionName":${filler}`));
    assert.equal(status, 400);
    assert.match(head, /x-amzn-errortype: SerializationException/);
  }
});

test("a large invalid body is refused as a small one is", async () => {
  for (const bytes of [10, 2_000_000]) {
    const invalid = client.send(
      new CreateFunctionCommand({ FunctionName: "f", Role: role, MemorySize: 10_241, Code: { ZipFile: Buffer.alloc(bytes) } }),
    );
    await assert.rejects(invalid, { name: "ValidationException", message: /'10241' at 'memorySize' .* less than or equal to 10240/ });
  }
});

test("a gzipped request is unpacked", async () => {
  calls = [];
  const body = gzipSync(
    JSON.stringify({ logGroupName: "g", logStreamName: "s", logEvents: [{ timestamp: 1, message: "m".repeat(3_000_000) }] }),
  );
  const head = requestText("POST /", {
    "x-amz-target": "Logs_20140328.PutLogEvents",
    "content-type": "application/x-amz-json-1.1",
    "content-encoding": "gzip",
    "content-length": String(body.length),
  });
  assert.equal((await exchangeRaw(gateway.port, Buffer.concat([Buffer.from(head), body]))).status, 200);
  assert.equal((calls[0]!.input.logEvents as { message: string }[])[0]!.message.length, 3_000_000);
});

test("a gzip bomb is refused", async () => {
  const body = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const head = requestText("POST /", {
    "x-amz-target": "Logs_20140328.PutLogEvents",
    "content-encoding": "gzip",
    "content-length": String(body.length),
  });
  assert.equal((await exchangeRaw(gateway.port, Buffer.concat([Buffer.from(head), body]))).status, 400);
});

test("an operation that is not implemented is refused with 501 and its name", async () => {
  await assert.rejects(
    client.send(new TagResourceCommand({ Resource: "arn:aws:lambda:eu-west-1:000000000000:function:f", Tags: { a: "b" } })),
    { name: "NotImplementedException", message: /lambda:TagResource/ },
  );
});

test("a service that is not served is refused with 501 and its name", async () => {
  const scope = {
    authorization: "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x",
  };
  const { status, body } = await exchangeRaw(
    gateway.port,
    requestText("POST /", { ...scope, "x-amz-target": "DynamoDB_20120810.ListTables" }),
  );
  assert.equal(status, 501);
  assert.match(body, /dynamodb/);
});

test("a handler's refusal keeps its code, status, further members and headers", async () => {
  failing = () =>
    new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", {
      fields: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", retryAfterSeconds: "3" },
    });
  const { status, head, body } = await exchangeRaw(gateway.port, requestText("GET /2015-03-31/functions"));
  assert.equal(status, 429);
  assert.match(head, /x-amzn-errortype: TooManyRequestsException/);
  assert.match(head, /retry-after: 3/);
  assert.deepEqual(JSON.parse(body), {
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    Type: "User",
    message: "Rate Exceeded.",
  });
});

test("a bug in a handler is logged and answered with 500, and nothing else stops", async () => {
  failing = () => new Error("a bug");
  await assert.rejects(client.send(new ListFunctionsCommand({})), { name: "ServiceException", $fault: "server" });
  assert.equal(gateway.failures.length, 1);
  gateway.failures.length = 0;
  assert.equal((await create(3)).CodeSize, 3);
});

test("the request id of the answer is the call's", async () => {
  calls = [];
  const answer = await client.send(new InvokeCommand({ FunctionName: "f" }));
  assert.match(answer.$metadata.requestId!, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(calls[0]!.call.requestId, answer.$metadata.requestId);
});

test("the caller's own address is that of the proxy that ends TLS, where there is one", async () => {
  for (const [proto, scheme] of [
    ["https", "https"],
    ["http", "http"],
    ["ftp", "http"],
  ] as const) {
    calls = [];
    await fetch(`${gateway.url}/2015-03-31/functions/f/invocations`, { method: "POST", headers: { "x-forwarded-proto": proto } });
    assert.match(calls[0]!.call.endpoint, new RegExp(`^${scheme}://127`));
  }
});

test("the health route answers GET and HEAD", async () => {
  const answer = await fetch(`${gateway.url}/_lambent/health`);
  assert.deepEqual([answer.status, await answer.json()], [200, { status: "ok", version: "1" }]);
  assert.equal((await fetch(`${gateway.url}/_lambent/health`, { method: "HEAD" })).status, 200);
});

test("an own route may read a body within its limit", async () => {
  const post = (body: string) => fetch(`${gateway.url}/_lambent/echo`, { method: "POST", body });
  assert.equal(await (await post("0123456789")).text(), "0123456789");
  assert.equal((await post("0123456789a")).status, 413);
});

test("there is nothing else below /_lambent/", async () => {
  assert.equal((await fetch(`${gateway.url}/_lambent/other`)).status, 404);
});

test("a caller that goes away aborts its call's signal", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const Invoke = async (_: object, call: Call) => {
    const gone = once(call.signal, "abort");
    resolve();
    await gone;
    aborted.resolve();
    return {};
  };
  const aborted = Promise.withResolvers<void>();
  const other = await openGateway({ lambda: { operations: { Invoke }, context: undefined } });
  const socket = connect(other.port, "127.0.0.1", () => socket.write(requestText("POST /2015-03-31/functions/f/invocations")));
  await promise;
  socket.destroy();
  await aborted.promise;
  await other.close();
  assert.deepEqual(other.failures, []);
});

/** One connection as a sandbox would hand it over: `outer` is the client's end. */
async function sandboxConnection(): Promise<{ outer: Socket; inner: Socket; close(): void }> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const outer = connect((listener.address() as { port: number }).port, "127.0.0.1");
  const [inner] = (await once(listener, "connection")) as [Socket];
  return { outer, inner, close: () => listener.close() };
}

async function askFromSandbox(request: string): Promise<string> {
  const { outer, inner, close } = await sandboxConnection();
  gateway.gateway.accept(inner, roleCaller);
  outer.end(request);
  let text = "";
  for await (const chunk of outer) text += chunk;
  close();
  return text;
}

test("a request from inside a sandbox has the environment's role, whatever key it names", async () => {
  calls = [];
  const scope = {
    authorization: "AWS4-HMAC-SHA256 Credential=999999999999/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x",
    host: "169.254.100.1:4566",
  };
  assert.match(await askFromSandbox(requestText("POST /2015-03-31/functions/f/invocations", scope)), /^HTTP\/1.1 200/);
  const { account, principalArn, endpoint } = calls[0]!.call;
  assert.deepEqual([account, principalArn, endpoint], [roleCaller.account, roleCaller.principalArn, "http://169.254.100.1:4566"]);
});

for (const path of ["/_lambent/health", "/_lambent/../_lambent/health", "/%5Flambent/health"]) {
  test(`${path} is not there from inside a sandbox`, async () => {
    assert.doesNotMatch(await askFromSandbox(requestText(`GET ${path}`)), /^HTTP\/1.1 2/);
  });
}

test("closing lets a running request end and refuses new connections", async () => {
  const running = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const Invoke = async () => {
    running.resolve();
    await release.promise;
    return { Payload: Buffer.from('"done"') };
  };
  const other = await openGateway({ lambda: { operations: { Invoke }, context: undefined } });
  const answer = fetch(`${other.url}/2015-03-31/functions/f/invocations`, { method: "POST" });
  await running.promise;
  const closed = other.gateway.close(10_000);
  await assert.rejects(fetch(`${other.url}/`));
  release.resolve();
  assert.equal(await (await answer).text(), '"done"');
  await closed;
});

test("closing cuts what does not end in time", async () => {
  const running = Promise.withResolvers<void>();
  const Invoke = async () => {
    running.resolve();
    await new Promise(() => {});
  };
  const other = await openGateway({ lambda: { operations: { Invoke }, context: undefined } });
  const answer = assert.rejects(fetch(`${other.url}/2015-03-31/functions/f/invocations`, { method: "POST" }));
  await running.promise;
  await other.gateway.close(10);
  await answer;
});
