import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { jsonOf, planeOf, planeOfScript } from "./data-plane.ts";

/** A runtime in Python over http.client: `body` is what it does with each event; `api` posts to the Runtime API. */
function python(body: string): string {
  return `#!/usr/bin/env python3
import http.client, json, os, sys, time, threading
def api(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime" + path, body, headers)
    response = connection.getresponse()
    return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
def next():
    _, headers, event = api("GET", "/invocation/next")
    return headers["lambda-runtime-aws-request-id"], headers, event
def respond(id, value):
    return api("POST", f"/invocation/{id}/response", json.dumps(value))[0]
${body}
`;
}

test("a second answer to one invocation is refused, and the first one stands", async (t) => {
  const plane = await planeOf("answers-twice");
  t.after(() => plane.close());
  assert.deepEqual(await plane.call({}), { statusOfDuplicate: 0 });
  assert.deepEqual(await plane.call({}), { statusOfDuplicate: 403 });
});

test("an answer for another request id is refused, and the right one still counts", async (t) => {
  const plane = await planeOf("wrong-request-id");
  t.after(() => plane.close());
  assert.deepEqual(await plane.call({}), { statusOfWrong: 400 });
});

test("an answer whose connection closes midway is Runtime.TruncatedResponse once the runtime asks for the next event", async (t) => {
  const plane = await planeOf("closes-midway");
  t.after(() => plane.close());
  const answer = (await plane.call({})) as { errorType: string };
  assert.equal(answer.errorType, "Runtime.TruncatedResponse");
});

test("an answer cut short may be posted again on a new connection", async (t) => {
  const plane = await planeOfScript(
    python(`
import socket
while True:
    id, _, _ = next()
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    s = socket.create_connection((host, int(port)))
    s.sendall(f"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 100\\r\\n\\r\\nhalf".encode())
    s.shutdown(socket.SHUT_WR)
    told = b""
    while chunk := s.recv(4096): told += chunk
    respond(id, told.decode())`),
  );
  t.after(() => plane.close());
  const told = (await plane.call({})) as string;
  assert.match(told, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(told, /\{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"\}/);
});

test("a runtime that closes its parked /next gets the event on the connection it opens instead", async (t) => {
  const plane = await planeOfScript(
    python(`
import socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
first = socket.create_connection((host, int(port)))
first.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n")
time.sleep(0.2)
first.close()
time.sleep(0.2)
while True:
    id, _, _ = next()
    respond(id, "second connection")`),
    { settings: { freezeAfterMs: 60_000 } },
  );
  t.after(() => plane.close());
  assert.equal(await plane.call({}), "second connection");
});

test("work after the answer counts in Duration, and the environment is busy until it is done", async (t) => {
  const plane = await planeOfScript(
    python(`
n = 0
while True:
    id, _, _ = next()
    respond(id, n)
    n += 1
    if n == 1: time.sleep(0.3)`),
  );
  t.after(() => plane.close());
  assert.equal(await plane.call({}), 0);
  const [record] = await plane.reported(1);
  assert.ok(record!.durationMs >= 300, `${record!.durationMs}`);
});

test("a time-out after the answer is reported as one, and the caller keeps the answer", async (t) => {
  const plane = await planeOf("never-next", { version: { timeoutMs: 1000 } });
  t.after(() => plane.close());
  const result = await plane.invoke({});
  assert.equal(result.functionError, undefined);
  assert.equal(jsonOf(result), "only");
  const [record] = await plane.reported(1);
  assert.deepEqual(record!.failure, { status: "timeout" });
  assert.equal(record!.isFunctionError, false);
});

test("/next hands out the recorded headers", async (t) => {
  const plane = await planeOfScript(
    python(`
while True:
    id, headers, _ = next()
    respond(id, headers)`),
  );
  t.after(() => plane.close());
  const requestId = randomUUID();
  const before = Date.now();
  const headers = (await plane.call({}, { requestId, clientContext: '{"custom":\n{"k":"é"}}' })) as Record<string, string>;
  assert.equal(headers["lambda-runtime-aws-request-id"], requestId);
  assert.equal(headers["lambda-runtime-invoked-function-arn"], plane.version.functionArn);
  assert.equal(Buffer.from(headers["lambda-runtime-client-context"]!, "latin1").toString("utf8"), '{"custom": {"k":"é"}}');
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  const { timeoutMs } = plane.version;
  assert.ok(deadlineMs >= before + timeoutMs && deadlineMs <= Date.now() + timeoutMs);
});

test("an empty payload is delivered as {}", async (t) => {
  const plane = await planeOf("echo");
  t.after(() => plane.close());
  assert.deepEqual(jsonOf(await plane.invoke(new Uint8Array(0))), {});
});

test("6 MB in and out arrive unchanged", async (t) => {
  const plane = await planeOf("echo", { version: { timeoutMs: 20_000 } });
  t.after(() => plane.close());
  const payload = Buffer.from(JSON.stringify("é".repeat(3_145_000)));
  assert.ok(payload.equals((await plane.invoke(payload)).payload));
});

test("a streamed answer is gathered for a plain invocation", async (t) => {
  const plane = await planeOf("streaming-response");
  t.after(() => plane.close());
  const result = await plane.invoke({ chunks: 3 });
  assert.equal(Buffer.from(result.payload).toString(), "chunk 0\nchunk 1\nchunk 2\n");
});

test("an error in the trailers of a stream is the outcome", async (t) => {
  const plane = await planeOf("streaming-response");
  t.after(() => plane.close());
  const result = await plane.invoke({ chunks: 1, fail: true });
  assert.equal(result.functionError, "Unhandled");
  assert.deepEqual(jsonOf(result), { errorMessage: "the stream broke", errorType: "Function.StreamBroke", stackTrace: [] });
});

test("an unknown response mode is refused and fails the invocation", async (t) => {
  const plane = await planeOf("streaming-response");
  t.after(() => plane.close());
  const answer = (await plane.call({ mode: "smoke-signals" })) as { errorType: string };
  assert.equal(answer.errorType, "Runtime.InvalidResponseModeHeader");
});

test("variables: reserved ones win over the function's, those over defaults", async (t) => {
  const plane = await planeOf("scenario", {
    version: { variables: { TZ: "Europe/Berlin", AWS_LAMBDA_FUNCTION_NAME: "stolen", MINE: "1" } },
  });
  t.after(() => plane.close());
  const { variables } = (await plane.call({ do: "environment" })) as { variables: Record<string, string> };
  assert.equal(variables.TZ, "Europe/Berlin");
  assert.equal(variables.MINE, "1");
  assert.equal(variables.AWS_LAMBDA_FUNCTION_NAME, "tested");
  assert.equal(variables.LANG, "en_US.UTF-8");
  assert.equal(variables.AWS_ACCESS_KEY_ID, "ASIATEST");
  assert.match(variables.AWS_LAMBDA_LOG_STREAM_NAME!, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
});

const onTerm = (register: string) =>
  python(`
import signal
def leave(*_):
    print("leaving", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
${register}
while True:
    id, _, _ = next()
    respond(id, 1)`);

test("a runtime with an internal extension is sent SIGTERM when its environment ends", async (t) => {
  const register = `
import threading
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
connection.request("POST", "/2020-01-01/extension/register", '{"events":[]}', {"Lambda-Extension-Name": "shutdown"})
answer = connection.getresponse()
answer.read()
identifier = answer.headers["Lambda-Extension-Identifier"]
def wait():
    connection.request("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})
    connection.getresponse()
threading.Thread(target=wait, daemon=True).start()`;
  const plane = await planeOfScript(onTerm(register), { settings: { freezeAfterMs: 1 } });
  t.after(() => plane.close());
  await plane.call({});
  await plane.reported(1);
  await plane.invoker.close(0);
  assert.equal(plane.log.messages.at(-1), "leaving");
});

test("an extension of the runtime's own that posts an init error fails the invocation", async (t) => {
  const fails = `
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
connection.request("POST", "/2020-01-01/extension/register", '{"events":["INVOKE"]}', {"Lambda-Extension-Name": "inner"})
answer = connection.getresponse()
answer.read()
headers = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"], "Lambda-Extension-Function-Error-Type": "Extension.Mine"}
connection.request("POST", "/2020-01-01/extension/init/error", "{}", headers)
connection.getresponse().read()`;
  const plane = await planeOfScript(onTerm(fails));
  t.after(() => plane.close());
  assert.equal(((await plane.call({})) as { errorType: string }).errorType, "Extension.InitError");
  await plane.reported(1);
  assert.ok(plane.log.messages.includes("EXTENSION\tName: inner\tState: InitError\tEvents: [INVOKE]\tError Type: Extension.Mine"));
});

test("a runtime without extensions is killed at once", async (t) => {
  const plane = await planeOfScript(onTerm(""));
  t.after(() => plane.close());
  await plane.call({});
  await plane.reported(1);
  await plane.invoker.close(0);
  assert.ok(!plane.log.messages.includes("leaving"));
});
