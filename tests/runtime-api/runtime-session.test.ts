import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { BASE, type Client, SessionServer } from "./session-server.ts";

async function start(t: TestContext): Promise<{ server: SessionServer; client: Client }> {
  const server = new SessionServer();
  await server.listen();
  t.after(() => server.close());
  return { server, client: await server.client() };
}

/** A runtime that has taken the event with this request id. */
async function running(t: TestContext, requestId = "one") {
  const { server, client } = await start(t);
  client.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 1);
  server.deliver(requestId);
  await client.reply();
  return { server, client };
}

test("/next waits for the event and gets it with its headers", async (t) => {
  const { server, client } = await start(t);
  client.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 1);
  server.deliver("one", '{"a":1}');
  const { status, headers, body } = await client.reply();
  assert.deepEqual(
    [status, headers["lambda-runtime-aws-request-id"], headers["lambda-runtime-invocation-id"], body],
    [200, "one", "of-one", '{"a":1}'],
  );
});

test("a response is accepted and handed on as it came", async (t) => {
  const { server, client } = await running(t);
  client.post(`${BASE}/invocation/one/response`, '{"b":2}', "Content-Type: application/json\r\n");
  assert.deepEqual(await client.reply().then(({ status, body }) => [status, body]), [202, '{"status":"OK"}\n']);
  assert.deepEqual(server.responses, [
    { kind: "response", body: Buffer.from('{"b":2}'), contentType: "application/json", isStreamed: false },
  ]);
});

test("the next /next after a response makes the runtime ready again", async (t) => {
  const { server, client } = await running(t);
  client.post(`${BASE}/invocation/one/response`, "1");
  await client.reply();
  client.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 2);
});

test("another request id is InvalidRequestID, and the right one is still accepted", async (t) => {
  const { client } = await running(t);
  client.post(`${BASE}/invocation/two/response`, "1");
  assert.deepEqual(await client.reply().then(({ status, body }) => [status, body]), [
    400,
    '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n',
  ]);
  client.post(`${BASE}/invocation/one/response`, "1");
  assert.equal((await client.reply()).status, 202);
});

test("another invocation id than the one handed out is InvalidInvocationId; the same or none is accepted", async (t) => {
  const { client } = await running(t);
  client.post(`${BASE}/invocation/one/response`, "1", "Lambda-Runtime-Invocation-Id: of-two\r\n");
  const refused = await client.reply();
  assert.equal(refused.status, 400);
  assert.equal(JSON.parse(refused.body).errorType, "InvalidInvocationId");
  client.post(`${BASE}/invocation/one/response`, "1", "Lambda-Runtime-Invocation-Id: of-one\r\n");
  assert.equal((await client.reply()).status, 202);
});

for (const [what, path, from, to] of [
  ["a response before any event", "/invocation/one/response", "Started", "InvocationResponse"],
  ["an error before any event", "/invocation/one/error", "Started", "InvocationErrorResponse"],
] as const) {
  test(`${what} is InvalidStateTransition`, async (t) => {
    const { client } = await start(t);
    client.post(BASE + path, "1");
    const { status, body } = await client.reply();
    assert.equal(status, 403);
    assert.deepEqual(JSON.parse(body), {
      errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
      errorType: "InvalidStateTransition",
    });
  });
}

for (const [path, to] of [
  ["/invocation/one/response", "InvocationResponse"],
  ["/invocation/one/error", "InvocationErrorResponse"],
  ["/init/error", "InitError"],
] as const) {
  test(`${path} after the response is InvalidStateTransition to ${to}`, async (t) => {
    const { server, client } = await running(t);
    client.post(`${BASE}/invocation/one/response`, "1");
    await client.reply();
    client.post(BASE + path, "2");
    const { status, body } = await client.reply();
    assert.equal(status, 403);
    assert.match(
      JSON.parse(body).errorMessage,
      new RegExp(`^State transition from RuntimeResponseSentState to ${to} failed for runtime\\.`),
    );
    assert.equal(server.responses.length, 1);
  });
}

test("/init/error hands its body and type on, and nothing is allowed after it", async (t) => {
  const { server, client } = await start(t);
  client.post(`${BASE}/init/error`, '{"errorType":"X"}', "Lambda-Runtime-Function-Error-Type: Runtime.NoSuchModule\r\n");
  assert.equal((await client.reply()).status, 202);
  assert.deepEqual(server.initErrors, [{ body: Buffer.from('{"errorType":"X"}'), errorType: "Runtime.NoSuchModule" }]);
  client.get(`${BASE}/invocation/next`);
  assert.match((await client.reply()).body, /State transition from InitError to Ready failed/);
});

test("an error's type is kept if AWS knows its form, and is Runtime.Unknown or Function.Unknown else", async (t) => {
  const types: string[] = [];
  for (const sent of ["Function.Odd", "Runtime.Odd", "unhandled", "Function.odd one"]) {
    const { server, client } = await running(t);
    client.post(`${BASE}/invocation/one/error`, "{}", `Lambda-Runtime-Function-Error-Type: ${sent}\r\n`);
    await client.reply();
    const [response] = server.responses;
    types.push(response?.kind === "error" ? response.errorType : "none");
  }
  assert.deepEqual(types, ["Function.Odd", "Runtime.Odd", "Runtime.Unknown", "Function.Unknown"]);
});

test("an error with a cause for X-Ray reaches the caller without it", async (t) => {
  const { server, client } = await running(t);
  const body = JSON.stringify({ errorMessage: "m", errorType: "T", stackTrace: ["s"], errorCause: { working_directory: "/" } });
  client.post(`${BASE}/invocation/one/error`, body, "Content-Type: application/vnd.aws.lambda.error.cause+json\r\n");
  await client.reply();
  const [response] = server.responses;
  assert.equal(response?.kind === "error" && response.body.toString(), '{"errorMessage":"m","errorType":"T","stackTrace":["s"]}');
});

test("a response that is too large gets 413 after it was read, and the connection goes on", async (t) => {
  const { server, client } = await running(t);
  client.post(`${BASE}/invocation/one/response`, "x".repeat(1001));
  assert.deepEqual(await client.reply().then(({ status, body }) => [status, body]), [
    413,
    '{"errorMessage":"Exceeded maximum allowed payload size (1000 bytes).","errorType":"RequestEntityTooLarge"}\n',
  ]);
  assert.deepEqual(server.responses, [{ kind: "too-large", bytesMax: 1000 }]);
  client.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 2);
});

test("an endless response is cut off", async (t) => {
  const { server, client } = await running(t);
  client.send(`POST ${BASE}/invocation/one/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const block = `100000\r\n${"x".repeat(0x100000)}\r\n`;
  const pour = () => {
    while (!client.socket.destroyed && client.socket.write(block));
  };
  client.socket.on("drain", pour);
  pour();
  await client.ended();
  assert.deepEqual(server.responses, [{ kind: "too-large", bytesMax: 1000 }]);
});

test("a response in chunks with trailers that name an error is an error", async (t) => {
  const { server, client } = await running(t);
  client.send(
    `POST ${BASE}/invocation/one/response HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  client.send("5\r\nhello\r\n");
  const body = Buffer.from('{"errorMessage":"broke"}').toString("base64");
  client.send(`0\r\nLambda-Runtime-Function-Error-Type: Function.Broke\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n\r\n`);
  assert.equal((await client.reply()).status, 202);
  assert.deepEqual(server.responses, [
    { kind: "error", body: Buffer.from('{"errorMessage":"broke"}'), contentType: "application/json", errorType: "Function.Broke" },
  ]);
});

test("/next asked twice while the event is out gets the same event again", async (t) => {
  const { server, client } = await running(t);
  client.get(`${BASE}/invocation/next`);
  assert.equal((await client.reply()).headers["lambda-runtime-aws-request-id"], "one");
  assert.equal(server.readyCount, 1);
});

test("a parked /next whose connection closes is dropped", async (t) => {
  const { server, client } = await start(t);
  client.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 1);
  client.socket.destroy();
  await server.until(() => server.awayCount === 1);
  assert.equal(server.session.isParked, false);
});

test("after close() what the dead runtime left is dropped and nobody is admitted until open()", async (t) => {
  const { server, client } = await running(t);
  server.session.close();
  await client.ended();
  await (await server.client()).ended();
  server.session.open();
  const next = await server.client();
  next.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 2);
});

test("requests sent in one go are answered in order", async (t) => {
  const { client } = await start(t);
  client.send("GET /2018-06-01/ping HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n".repeat(500));
  for (let n = 0; n < 500; n++) {
    assert.deepEqual(await client.reply().then(({ status, body }) => [status, body]), [200, "pong"]);
    assert.equal((await client.reply()).status, 404);
  }
});

test("what comes behind a parked /next waits for its answer", async (t) => {
  const { server, client } = await start(t);
  client.send(`GET ${BASE}/invocation/next HTTP/1.1\r\n\r\nGET /2018-06-01/ping HTTP/1.1\r\n\r\n`);
  await server.until(() => server.readyCount === 1);
  server.deliver("one");
  assert.equal((await client.reply()).headers["lambda-runtime-aws-request-id"], "one");
  assert.equal((await client.reply()).body, "pong");
});

test("Expect: 100-continue is granted before the body", async (t) => {
  const { client } = await running(t);
  client.send(`POST ${BASE}/invocation/one/response HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  assert.equal((await client.reply()).status, 100);
  client.send("{}");
  assert.equal((await client.reply()).status, 202);
});

test("Connection: close is honoured", async (t) => {
  const { client } = await start(t);
  client.send("GET /2018-06-01/ping HTTP/1.1\r\nConnection: close\r\n\r\n");
  assert.equal((await client.reply()).headers.connection, "close");
  await client.ended();
});

test("what is not offered is refused by name", async (t) => {
  const { client } = await start(t);
  const answers: unknown[] = [];
  for (const [method, path] of [
    ["GET", `${BASE}/restore/next`],
    ["POST", `${BASE}/invocation/next`],
    ["GET", `${BASE}/invocation/constructor`],
    ["GET", "/__proto__"],
  ]) {
    client.send(`${method} ${path} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`);
    const { status, body } = await client.reply();
    answers.push([status, body.startsWith("{") ? JSON.parse(body).errorType : body]);
  }
  assert.deepEqual(answers, [
    [403, "InvalidStateTransition"],
    [405, ""],
    [404, "404 page not found\n"],
    [404, "404 page not found\n"],
  ]);
});

test("a malformed request is answered with 400, and its connection is closed while others go on", async (t) => {
  const { server, client } = await start(t);
  const hostile = await server.client();
  hostile.send("GET /\0 HTTP/1.1\r\n\r\n");
  const { status, headers } = await hostile.reply();
  assert.deepEqual([status, headers.connection], [400, "close"]);
  await hostile.ended();
  client.get("/2018-06-01/ping");
  assert.equal((await client.reply()).status, 200);
});

test("one sandbox may not hold any number of connections", async (t) => {
  const { server, client } = await start(t);
  const clients = await Promise.all(Array.from({ length: 300 }, () => server.client()));
  await Promise.all(clients.slice(-10).map((one) => one.ended()));
  client.get("/2018-06-01/ping");
  assert.equal((await client.reply()).status, 200);
  for (const one of clients) one.socket.destroy();
});

test("an internal extension without events registers before the first /next and may wait", async (t) => {
  const { server, client } = await start(t);
  client.post("/2020-01-01/extension/register", '{"events":[]}', "Lambda-Extension-Name: shutdown\r\n");
  const { status, headers, body } = await client.reply();
  assert.deepEqual([status, JSON.parse(body)], [200, { functionName: "tested", functionVersion: "$LATEST", handler: "h" }]);
  client.send(
    `GET /2020-01-01/extension/event/next HTTP/1.1\r\nLambda-Extension-Identifier: ${headers["lambda-extension-identifier"]}\r\n\r\n`,
  );
  const runtime = await server.client();
  runtime.get(`${BASE}/invocation/next`);
  await server.until(() => server.readyCount === 1);
  runtime.socket.destroy();
  const late = await server.client();
  late.post("/2020-01-01/extension/register", '{"events":[]}', "Lambda-Extension-Name: late\r\n");
  assert.equal(JSON.parse((await late.reply()).body).errorType, "Extension.RegistrationClosed");
});

for (const [what, headers, body, status, errorType] of [
  ["with an unknown event", "Lambda-Extension-Name: x\r\n", '{"events":["SLEEP"]}', 403, "InvalidEventType"],
  ["of the runtime's own that asks for SHUTDOWN", "Lambda-Extension-Name: x\r\n", '{"events":["SHUTDOWN"]}', 403, "InvalidEventType"],
  ["without a name", "", '{"events":[]}', 403, "Extension.InvalidExtensionName"],
  ["with a body that is not JSON", "Lambda-Extension-Name: x\r\n", "[", 403, "InvalidRequestFormat"],
] as const) {
  test(`an extension ${what} is refused: ${errorType}`, async (t) => {
    const { server, client } = await start(t);
    client.post("/2020-01-01/extension/register", body, headers);
    const reply = await client.reply();
    assert.deepEqual([reply.status, JSON.parse(reply.body).errorType], [status, errorType]);
    assert.equal(server.session.extensions.count, 0);
  });
}

test("an extension that nobody registered may not wait", async (t) => {
  const { client } = await start(t);
  const types: string[] = [];
  for (const header of [
    "",
    "Lambda-Extension-Identifier: x\r\n",
    "Lambda-Extension-Identifier: 8f5c1d2e-0000-4000-8000-000000000002\r\n",
  ]) {
    client.send(`GET /2020-01-01/extension/event/next HTTP/1.1\r\n${header}\r\n`);
    types.push(JSON.parse((await client.reply()).body).errorType);
  }
  assert.deepEqual(types, [
    "Extension.MissingExtensionIdentifier",
    "Extension.InvalidExtensionIdentifier",
    "Extension.UnknownExtensionIdentifier",
  ]);
});
