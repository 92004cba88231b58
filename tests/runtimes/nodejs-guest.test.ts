import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Guest, type GuestOptions } from "./guest-process.ts";
import { DEADLINE_MS } from "./runtime-api-server.ts";

async function start(t: TestContext, options: Partial<GuestOptions> & Pick<GuestOptions, "files">): Promise<Guest> {
  const guest = await Guest.start({ runtime: "nodejs22.x", ...options });
  t.after(() => guest.stop());
  return guest;
}

const index = (text: string) => ({ "index.js": text });

test("a callback answers when the event loop is empty", async (t) => {
  const guest = await start(t, {
    files: index(
      `let late = 0; exports.handler = (event, context, callback) => { setTimeout(() => late++, 30); callback(null, event + late); };`,
    ),
  });
  assert.equal(await guest.call(1), 1);
  assert.equal(await guest.call(1), 2); // the timer of the first invocation ran before its answer, and that of this one after its callback
});

test("a callback answers at once where the function asks for it", async (t) => {
  const guest = await start(t, {
    files: index(
      `exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 1e6); callback(null, "now"); };`,
    ),
  });
  assert.equal(await guest.call(1), "now");
});

test("an error given to the callback is the answer", async (t) => {
  const guest = await start(t, { files: index(`exports.handler = (event, context, callback) => callback(new RangeError("too far"));`) });
  const answer = await guest.invoke(1);
  assert.equal(answer.kind, "error");
  const { errorType, errorMessage, trace } = JSON.parse(answer.text);
  assert.deepEqual([errorType, errorMessage, trace[0]], ["RangeError", "too far", "RangeError: too far"]);
});

test("context.done, succeed and fail end an invocation, and the first counts", async (t) => {
  const guest = await start(t, {
    files: index(`exports.handler = (event, context) => { context[event.by](...event.with); context.succeed("second"); };`),
  });
  assert.equal(await guest.call({ by: "done", with: [null, "done"] }), "done");
  assert.equal(await guest.call({ by: "succeed", with: ["succeeded"] }), "succeeded");
  assert.deepEqual(await guest.call({ by: "fail", with: ["failed"] }), { errorType: "string", errorMessage: "failed", trace: [] });
});

test("a handler with a callback that never calls it answers null", async (t) => {
  const guest = await start(t, { files: index(`exports.handler = (event, context, callback) => {};`) });
  assert.equal(await guest.call(1), null);
});

for (const runtime of ["nodejs22.x", "nodejs24.x"]) {
  test(`${runtime}: a promise that nothing can settle is Runtime.NodeJsExit`, async (t) => {
    const guest = await start(t, { runtime, files: index(`exports.handler = async () => new Promise(() => {});`) });
    assert.equal(((await guest.call(1)) as { errorType: string }).errorType, "Runtime.NodeJsExit");
  });

  test(`${runtime}: an exception outside the handler's promise is its answer and ends the process`, async (t) => {
    const guest = await start(t, {
      runtime,
      files: index(`exports.handler = () => new Promise(() => setTimeout(() => { throw new TypeError("from a timer"); }, 5));`),
    });
    const { errorType, errorMessage } = (await guest.call(1)) as Record<string, string>;
    assert.deepEqual([errorType, errorMessage], ["TypeError", "from a timer"]);
    assert.equal(await guest.exited, 129);
  });

  test(`${runtime}: undefined, and what JSON does not know, is null`, async (t) => {
    const guest = await start(t, { runtime, files: index(`exports.handler = async (event) => event === 1 ? undefined : () => {};`) });
    assert.equal(await guest.call(1), null);
    assert.equal(await guest.call(2), null);
  });

  test(`${runtime}: an answer that cannot be JSON is an error`, async (t) => {
    const guest = await start(t, { runtime, files: index(`exports.handler = async () => { const a = {}; a.a = a; return a; };`) });
    const answer = (await guest.call(1)) as { errorMessage: string };
    assert.equal(answer.errorMessage, "Unable to stringify response body");
  });
}

test("up to 22 a rejection left behind ends the process after the answer", async (t) => {
  const guest = await start(t, { files: index(`exports.handler = async () => { Promise.reject(new Error("left")); return "answer"; };`) });
  assert.equal(await guest.call(1), "answer");
  assert.equal(await guest.exited, 128);
  assert.match(
    guest.output,
    /\tERROR\tUnhandled Promise Rejection \t\{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: left"/,
  );
});

test("from 24 on a rejection left behind fails the invocation", async (t) => {
  const guest = await start(t, {
    runtime: "nodejs24.x",
    files: index(`exports.handler = async () => { Promise.reject(new Error("left")); return "answer"; };`),
  });
  assert.equal(((await guest.call(1)) as { errorType: string }).errorType, "Runtime.UnhandledPromiseRejection");
  assert.equal(await guest.exited, 128);
});

test("from 24 on a handler that takes a callback is refused at init", async (t) => {
  const guest = await start(t, { runtime: "nodejs24.x", files: index(`exports.handler = (event, context, callback) => callback();`) });
  const answer = await guest.api.answer();
  assert.equal(answer.kind, "init-error");
  assert.equal(JSON.parse(answer.text).errorType, "Runtime.CallbackHandlerDeprecated");
  assert.equal(answer.headers["lambda-runtime-function-error-type"], "Runtime.CallbackHandlerDeprecated");
  assert.equal(await guest.exited, 1);
});

for (const [title, handler, files] of [
  [
    "a .mjs file with a top-level await",
    "index.handler",
    { "index.mjs": `const it = await Promise.resolve("found"); export const handler = async () => it;` },
  ],
  [
    "a .js file of a package of type module",
    "index.handler",
    { "package.json": `{"type":"module"}`, "index.js": `export const handler = async () => "found";` },
  ],
  ["a .cjs file", "index.handler", { "index.cjs": `exports.handler = async () => "found";` }],
  ["a file in a folder", "src/app.handler", { "src/app.js": `exports.handler = async () => "found";` }],
  ["a property of a property", "app.api.v1.get", { "app.js": `exports.api = { v1: { get: async () => "found" } };` }],
  ["a property of the default export", "app.get", { "app.mjs": `export default { get: async () => "found" };` }],
] as const) {
  test(`finds ${title}`, async (t) => {
    const guest = await start(t, { handler, files: files as Readonly<Record<string, string>> });
    assert.equal(await guest.call(1), "found");
  });
}

for (const [handler, text, errorType, errorMessage] of [
  ["index.missing", "exports.handler = 1;", "Runtime.HandlerNotFound", /^index\.missing is undefined or not exported$/],
  ["index.handler", "exports.handler = 1;", "Runtime.HandlerNotFound", /^index\.handler is not a function$/],
  ["other.handler", "", "Runtime.ImportModuleError", /^Error: Cannot find module 'other'/],
  ["index.handler", "require('nowhere');", "Runtime.ImportModuleError", /^Error: Cannot find module 'nowhere'/],
  ["index.handler", "exports.handler = (", "Runtime.UserCodeSyntaxError", /^SyntaxError: /],
  ["handler", "", "Runtime.MalformedHandlerName", /^Bad handler$/],
  ["../index.handler", "", "Runtime.MalformedHandlerName", /^'\.\.\/index\.handler' is not a valid handler name/],
  ["index.handler", "throw new EvalError('early');", "EvalError", /^early$/],
] as const) {
  test(`${handler} of ${JSON.stringify(text)} is ${errorType}`, async (t) => {
    const guest = await start(t, { handler, files: index(text) });
    const answer = await guest.api.answer();
    assert.equal(answer.kind, "init-error");
    const told = JSON.parse(answer.text);
    assert.equal(told.errorType, errorType);
    assert.match(told.errorMessage, errorMessage);
    assert.equal(await guest.exited, 129);
  });
}

test("packages of layers are found by NODE_PATH, from CommonJS and from ES modules", async (t) => {
  const files = {
    "layer/node_modules/colour/package.json": `{"name":"colour","main":"index.js"}`,
    "layer/node_modules/colour/index.js": `module.exports = "green";`,
    "index.mjs": `import colour from "colour"; import { createRequire } from "node:module"; export const handler = async () => [colour, createRequire(import.meta.url)("colour")];`,
  };
  for (const early of [false, true]) {
    const guest = await Guest.start({ runtime: "nodejs24.x", files, early, variables: { NODE_PATH: "layer/node_modules" } });
    t.after(() => guest.stop());
    assert.deepEqual(await guest.call(1), ["green", "green"]);
  }
});

test("the context has what AWS's has", async (t) => {
  const guest = await start(t, {
    runtime: "nodejs24.x",
    files: index(
      `exports.handler = async (event, { getRemainingTimeInMillis, ...context }) => ({ ...context, left: getRemainingTimeInMillis() });`,
    ),
  });
  const id = await guest.api.send("{}", {
    "lambda-runtime-client-context": `{"custom":{"a":"b"}}`,
    "lambda-runtime-cognito-identity": `{"cognitoIdentityId":"id"}`,
  });
  const { left, ...context } = JSON.parse((await guest.api.answer()).text);
  assert.ok(left > 0 && left <= DEADLINE_MS, `${left} ms left`);
  assert.deepEqual(context, {
    functionVersion: "$LATEST",
    functionName: "tested",
    memoryLimitInMB: "256",
    logGroupName: "/aws/lambda/tested",
    logStreamName: "2026/11/25/[$LATEST]0123",
    clientContext: { custom: { a: "b" } },
    identity: { cognitoIdentityId: "id" },
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:tested",
    awsRequestId: id,
  });
});

test("the trace id of each invocation is in the environment", async (t) => {
  const guest = await start(t, { files: index(`exports.handler = async () => process.env._X_AMZN_TRACE_ID;`) });
  assert.equal(await guest.call(1, { "lambda-runtime-trace-id": "Root=1" }), "Root=1");
  assert.equal(await guest.call(1, { "lambda-runtime-trace-id": "Root=2" }), "Root=2");
});

test("a process started early has the function's variables, time zone, folder and no others", async (t) => {
  const guest = await start(t, {
    early: true,
    variables: { TZ: "Asia/Tokyo", COLOUR: "green" },
    files: index(
      `const hours = new Date(0).getHours(); exports.handler = async () => ({ hours, colour: process.env.COLOUR, cwd: process.cwd(), argv: process.argv.length, input: require("node:fs").readFileSync(0, "utf8") });`,
    ),
  });
  assert.deepEqual(await guest.call(1), { hours: 9, colour: "green", cwd: guest.directory, argv: 2, input: "" });
});
