import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Guest, type GuestOptions } from "./guest-process.ts";
import { DEADLINE_MS } from "./runtime-api-server.ts";

async function start(t: TestContext, text: string, options: Partial<GuestOptions> = {}): Promise<Guest> {
  const guest = await Guest.start({ runtime: "python3.12", files: { "index.py": text }, ...options });
  t.after(() => guest.stop());
  return guest;
}

const handler = (body: string, before = "") => `${before}\ndef handler(event, context):\n    ${body}\n`;

test("an exception is the answer, with the function's own frames and the request id", async (t) => {
  const guest = await start(t, handler(`raise ValueError("bad " + str(event))`));
  const id = await guest.api.send("7");
  const answer = await guest.api.answer();
  assert.equal(answer.kind, "error");
  assert.deepEqual(JSON.parse(answer.text), {
    errorMessage: "bad 7",
    errorType: "ValueError",
    requestId: id,
    stackTrace: [`  File "${guest.directory}/index.py", line 3, in handler\n    raise ValueError("bad " + str(event))\n`],
  });
  assert.equal(answer.headers["lambda-runtime-function-error-type"], "Unhandled");
});

for (const [title, handlerName, text, errorType, errorMessage] of [
  ["a missing module", "other.handler", "", "Runtime.ImportModuleError", /^Unable to import module 'other': No module named 'other'$/],
  [
    "a missing import",
    "index.handler",
    "import nowhere",
    "Runtime.ImportModuleError",
    /^Unable to import module 'index': No module named 'nowhere'$/,
  ],
  [
    "a syntax error",
    "index.handler",
    "def handler(:",
    "Runtime.UserCodeSyntaxError",
    /^Syntax error in module 'index': invalid syntax \(index\.py, line 1\)$/,
  ],
  ["a missing function", "index.missing", "", "Runtime.HandlerNotFound", /^Handler 'missing' missing on module 'index'$/],
  ["a handler without a dot", "handler", "", "Runtime.MalformedHandlerName", /^Bad handler 'handler': /],
  ["a built-in module", "sys.exit", "", "Runtime.BuiltInModuleConflict", /^Cannot use built-in module sys as a handler module$/],
  ["an exception at import", "index.handler", "raise KeyError('k')", "KeyError", /^'k'$/],
] as const) {
  test(`${title} is ${errorType} at init, without a request id`, async (t) => {
    const guest = await start(t, text, { handler: handlerName });
    const answer = await guest.api.answer();
    assert.equal(answer.kind, "init-error");
    const told = JSON.parse(answer.text);
    assert.deepEqual([told.errorType, told.requestId], [errorType, ""]);
    assert.match(told.errorMessage, errorMessage);
    assert.equal(await guest.exited, 1);
  });
}

test("an answer that cannot be JSON is Runtime.MarshalError", async (t) => {
  const guest = await start(t, handler(`return {"it": object()}`));
  const { errorType, errorMessage } = (await guest.call(1)) as Record<string, string>;
  assert.equal(errorType, "Runtime.MarshalError");
  assert.equal(errorMessage, "Unable to marshal response: Object of type object is not JSON serializable");
});

test("an event that is not JSON is Runtime.UnmarshalError", async (t) => {
  const guest = await start(t, handler("return event"));
  await guest.api.send("{");
  assert.equal(JSON.parse((await guest.api.answer()).text).errorType, "Runtime.UnmarshalError");
});

test("sys.exit in the handler ends the process with its status, without an answer", async (t) => {
  const guest = await start(t, handler("import sys; sys.exit(4)"));
  await guest.api.send("1");
  assert.equal(await guest.exited, 4);
});

test("bytes are the answer as they are", async (t) => {
  const guest = await start(t, handler(`return b"raw"`));
  const answer = await guest.invoke(1);
  assert.deepEqual([answer.text, answer.headers["content-type"]], ["raw", "application/unknown"]);
});

test("decimals are numbers", async (t) => {
  const guest = await start(
    t,
    handler(`return [Decimal("1.5"), Decimal("12345678901234567890"), Decimal("1E+2")]`, "from decimal import Decimal"),
  );
  assert.equal((await guest.invoke(1)).text, "[1.5, 12345678901234567890, 100]");
});

for (const [runtime, text] of [
  ["python3.11", String.raw`"gr\u00fcn"`],
  ["python3.12", `"grün"`],
] as const) {
  test(`${runtime} renders other letters as ${text}`, async (t) => {
    const guest = await start(t, handler("return event"), { runtime });
    assert.equal((await guest.invoke("grün")).text, text);
  });
}

test("a module in a folder is found by a path", async (t) => {
  const guest = await start(t, "", { handler: "src/app.handler", files: { "src/app.py": handler("return 'found'") } });
  assert.equal(await guest.call(1), "found");
});

test("the function's folder comes first in sys.path, then layers and PYTHONPATH", async (t) => {
  for (const early of [false, true]) {
    const variables = { PYTHONPATH: "/somewhere:/else", AWS_EXECUTION_ENV: "AWS_Lambda_python3.9" };
    const guest = await start(t, handler("import sys; return sys.path"), { early, variables });
    const path = (await guest.call(1)) as string[];
    assert.equal(path[0], guest.directory);
    const own = path[2]!; // of the interpreter: layers for the version configured come first
    assert.match(own, /^\/opt\/python\/lib\/python3\.\d+\/site-packages$/);
    assert.deepEqual(path.slice(1, 6), ["/opt/python/lib/python3.9/site-packages", own, "/opt/python", "/somewhere", "/else"]);
    assert.equal(new Set(path).size, path.length);
    assert.ok(path.every((entry) => !entry.includes("guest/python")));
  }
});

test("the context has what AWS's has", async (t) => {
  const body = `c = context; return [c.function_name, c.function_version, c.memory_limit_in_mb, c.log_group_name, c.log_stream_name,
        c.invoked_function_arn, c.aws_request_id, c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id,
        c.client_context.custom, c.client_context.client.app_title, c.client_context.client.installation_id, 0 < c.get_remaining_time_in_millis() <= ${DEADLINE_MS}]`;
  const guest = await start(t, handler(body));
  const id = await guest.api.send("{}", {
    "lambda-runtime-client-context": `{"custom":{"a":"b"},"client":{"app_title":"t"}}`,
    "lambda-runtime-cognito-identity": `{"cognitoIdentityId":"id"}`,
  });
  const arn = "arn:aws:lambda:eu-west-1:000000000000:function:tested";
  const fromVariables = ["tested", "$LATEST", "256", "/aws/lambda/tested", "2026/11/25/[$LATEST]0123"];
  assert.deepEqual(JSON.parse((await guest.api.answer()).text), [...fromVariables, arn, id, "id", null, { a: "b" }, "t", null, true]);
});

test("without a client context there is None, and an identity without ids", async (t) => {
  const guest = await start(t, handler("return [context.client_context, context.identity.cognito_identity_id]"));
  assert.deepEqual(await guest.call(1), [null, null]);
});

test("the trace id of each invocation is in the environment", async (t) => {
  const guest = await start(t, handler(`return os.environ["_X_AMZN_TRACE_ID"]`, "import os"));
  assert.equal(await guest.call(1, { "lambda-runtime-trace-id": "Root=1" }), "Root=1");
  assert.equal(await guest.call(1, { "lambda-runtime-trace-id": "Root=2" }), "Root=2");
});

test("a process started early has the function's variables, time zone, folder and no others", async (t) => {
  const text = handler(
    `return [hour, os.environ["COLOUR"], os.getcwd(), sys.argv[1:], sys.stdin.read(), "HOME" in os.environ]`,
    "import os, sys, time\nhour = time.localtime(0).tm_hour",
  );
  const guest = await start(t, text, { early: true, variables: { TZ: "Asia/Tokyo", COLOUR: "green" } });
  assert.deepEqual(await guest.call(1), [9, "green", guest.directory, [], "", false]);
});
