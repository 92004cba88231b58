// The Extensions API over real connections: what is answered to whom, and AWS's texts for what is refused.

import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { BASE, type Client, SessionServer } from "./session-server.ts";

const EXTENSION = "/2020-01-01/extension";

async function start(t: TestContext, ...expected: string[]): Promise<SessionServer> {
  const server = new SessionServer();
  server.session.extensions.expect(expected);
  await server.listen();
  t.after(() => server.close());
  return server;
}

async function register(client: Client, name: string, events: readonly string[], headers = ""): Promise<string> {
  client.post(`${EXTENSION}/register`, JSON.stringify({ events }), `Lambda-Extension-Name: ${name}\r\n${headers}`);
  const reply = await client.reply();
  assert.equal(reply.status, 200, reply.body);
  return reply.headers["lambda-extension-identifier"]!;
}

function next(client: Client, identifier: string): void {
  client.send(`GET ${EXTENSION}/event/next HTTP/1.1\r\nLambda-Extension-Identifier: ${identifier}\r\n\r\n`);
}

async function refusal(client: Client): Promise<[number, string, string]> {
  const { status, body } = await client.reply();
  const { errorType, errorMessage } = JSON.parse(body);
  return [status, errorType, errorMessage];
}

suite("the Extensions API", { timeout: 300_000 }, () => {
  test("tells when all expected ones have registered, and when all are at /next", async (t) => {
    const server = await start(t, "one", "two");
    const [one, two] = [await server.client(), await server.client()];
    const first = await register(one, "one", ["INVOKE"]);
    assert.equal(server.registeredCount, 0);
    const second = await register(two, "two", ["SHUTDOWN"]);
    await server.until(() => server.registeredCount === 1);
    next(one, first);
    next(two, second);
    await server.until(() => server.extensionsReadyCount === 1);
    assert.equal(server.session.extensions.areReady, true);
  });

  test("hands each event to those that registered for it, and counts them as working until they ask again", async (t) => {
    const server = await start(t, "one", "two");
    const [one, two, runtime] = [await server.client(), await server.client(), await server.client()];
    const first = await register(one, "one", ["INVOKE", "SHUTDOWN"]);
    const second = await register(two, "two", []);
    next(one, first);
    next(two, second);
    runtime.get(`${BASE}/invocation/next`);
    await server.until(() => server.readyCount === 1 && server.extensionsReadyCount === 1);
    server.deliver("r-1");
    const { headers, body } = await one.reply();
    assert.match(headers["lambda-extension-event-identifier"]!, /^[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(body), {
      eventType: "INVOKE",
      deadlineMs: 1,
      requestId: "r-1",
      invokedFunctionArn: "arn",
      tracing: { type: "X-Amzn-Trace-Id", value: "" },
    });
    assert.equal(server.session.isSettled, false);
    await runtime.reply();
    runtime.post(`${BASE}/invocation/r-1/response`, "{}");
    await runtime.reply();
    runtime.get(`${BASE}/invocation/next`);
    await server.until(() => server.readyCount === 2);
    assert.equal(server.session.isSettled, false);
    next(one, first);
    await server.until(() => server.extensionsReadyCount === 2);
    assert.equal(server.session.isSettled, true);
    server.session.endRuntime();
    server.session.extensions.shutdown("timeout", 7);
    assert.deepEqual(JSON.parse((await one.reply()).body), { eventType: "SHUTDOWN", shutdownReason: "timeout", deadlineMs: 7 });
  });

  test("keeps an event for an extension whose connection broke, until it asks again", async (t) => {
    const server = await start(t, "one");
    const client = await server.client();
    const identifier = await register(client, "one", ["INVOKE"]);
    next(client, identifier);
    const runtime = await server.client();
    runtime.get(`${BASE}/invocation/next`);
    await server.until(() => server.readyCount === 1 && server.extensionsReadyCount === 1);
    client.socket.destroy();
    while (server.session.extensions.named("one")!.isParked) await setImmediate();
    server.deliver("r-1");
    const again = await server.client();
    next(again, identifier);
    assert.equal(JSON.parse((await again.reply()).body).requestId, "r-1");
  });

  test("refuses what the state of an extension does not allow", async (t) => {
    const server = await start(t, "one");
    const client = await server.client();
    const failing = (path: string, headers: string) => client.post(`${EXTENSION}/${path}`, "{}", headers);
    const identifier = await register(client, "one", []);
    client.post(`${EXTENSION}/register`, '{"events":[]}', "Lambda-Extension-Name: one\r\n");
    const twice = "State transition from Registered to Registered failed for extension one. Error: State transition is not allowed";
    assert.deepEqual(await refusal(client), [403, "Extension.InvalidExtensionState", twice]);
    failing("init/error", `Lambda-Extension-Identifier: ${identifier}\r\n`);
    assert.deepEqual(await refusal(client), [403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"]);
    failing("init/error", `Lambda-Extension-Identifier: ${identifier}\r\nLambda-Extension-Function-Error-Type: Extension.Mine\r\n`);
    assert.deepEqual([(await client.reply()).status, server.extensionErrors[0]!.errorType], [202, "Extension.Mine"]);
    next(client, identifier);
    assert.match((await refusal(client))[2], /^State transition from InitError to Ready failed for extension one\./);
  });

  test("takes ten at most, and no two of one name", async (t) => {
    const server = await start(t, "one", "two", "three");
    const client = await server.client();
    for (let n = 4; n <= 10; n++) await register(client, `internal-${n}`, ["INVOKE"]);
    client.post(`${EXTENSION}/register`, '{"events":[]}', "Lambda-Extension-Name: internal-4\r\n");
    assert.deepEqual(await refusal(client), [403, "Extension.InvalidExtensionState", "Extension with this name already registered"]);
    client.post(`${EXTENSION}/register`, '{"events":[]}', "Lambda-Extension-Name: eleventh\r\n");
    assert.deepEqual(await refusal(client), [403, "Extension.TooManyExtensions", "Extension limit (10) reached"]);
  });

  test("adds the account for those that ask for it", async (t) => {
    const server = await start(t);
    const client = await server.client();
    const headers = "Lambda-Extension-Name: mine\r\nLambda-Extension-Accept-Feature: other, accountId\r\n";
    client.post(`${EXTENSION}/register`, '{"events":[]}', headers);
    assert.equal(JSON.parse((await client.reply()).body).accountId, "000000000000");
  });
});
