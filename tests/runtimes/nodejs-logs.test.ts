import assert from "node:assert/strict";
import { test } from "node:test";
import { Guest } from "./guest-process.ts";

async function outputOf(body: string, variables: Readonly<Record<string, string>> = {}, runtime = "nodejs22.x"): Promise<string[]> {
  const guest = await Guest.start({ runtime, variables, files: { "index.js": `exports.handler = async () => { ${body} };` } });
  await guest.invoke(1);
  return (await guest.stop()).trimEnd().split("\n");
}

const UUID = "[0-9a-f]{8}-[0-9a-f-]{27}";
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

test("a line has time, request id, level and message, with tabs between", async () => {
  const [line] = await outputOf(`console.log("order %d", 7, { open: true })`);
  assert.match(line!, new RegExp(`^${TIME}\t${UUID}\tINFO\torder 7 { open: true }$`));
});

test("a message of several lines is marked as one", async () => {
  const lines = await outputOf(`console.log("one\\n\\ntwo"); console.log("three")`);
  assert.deepEqual(
    lines.map((line) => line.split("\t").at(-1)),
    ["one\x1e", "\x1e", "two", "three"],
  );
});

test("levels are those of the console's methods", async () => {
  const lines = await outputOf(`for (const level of ["trace", "debug", "info", "log", "warn", "error", "fatal"]) console[level]("x")`);
  assert.deepEqual(
    lines.map((line) => line.split("\t")[2]),
    ["TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL"],
  );
});

test("AWS_LAMBDA_LOG_LEVEL leaves lower levels out", async () => {
  const lines = await outputOf(`console.info("x"); console.warn("y")`, { AWS_LAMBDA_LOG_LEVEL: "WARN" });
  assert.deepEqual(
    lines.map((line) => line.split("\t").at(-1)),
    ["y"],
  );
});

for (const [runtime, mark] of [
  ["nodejs22.x", "undefined"],
  ["nodejs24.x", "-"],
] as const) {
  test(`${runtime}: before the first invocation the request id is ${mark}`, async () => {
    const guest = await Guest.start({ runtime, files: { "index.js": `console.log("init"); exports.handler = async () => 1;` } });
    await guest.invoke(1);
    assert.match(await guest.stop(), new RegExp(`^${TIME}\t${mark}\tINFO\tinit\n`));
  });
}

test("an error of the handler is logged with its properties", async () => {
  const [line] = await outputOf(`throw Object.assign(new TypeError("bad"), { code: "E1", detail: 5 })`);
  const [, , level, title, json] = line!.split("\t");
  assert.deepEqual([level, title], ["ERROR", "Invoke Error "]);
  const { stack, ...told } = JSON.parse(json!);
  assert.deepEqual(told, { errorType: "TypeError", errorMessage: "bad", code: "E1", detail: 5 });
  assert.equal(stack[0], "TypeError: bad");
});

const json = { AWS_LAMBDA_LOG_FORMAT: "JSON" };

test("in JSON a single argument is the message as it is", async () => {
  const [line] = await outputOf(`console.log({ data: 12.3, flag: false })`, json);
  const { timestamp, requestId, ...rest } = JSON.parse(line!);
  assert.deepEqual(rest, { level: "INFO", message: { data: 12.3, flag: false } });
  assert.match(timestamp, new RegExp(`^${TIME}$`));
  assert.match(requestId, new RegExp(`^${UUID}$`));
});

test("in JSON several arguments are one text, and the first error is described", async () => {
  const [line] = await outputOf(`console.error("failed:", new RangeError("far"), new Error("second"))`, json);
  const told = JSON.parse(line!);
  assert.match(told.message, /^failed: RangeError: far\n/);
  assert.deepEqual([told.level, told.errorType, told.errorMessage, told.stackTrace[0]], ["ERROR", "RangeError", "far", "RangeError: far"]);
});

test("in JSON what JSON does not know is a text", async () => {
  const [line] = await outputOf(`console.log(10n)`, json);
  assert.equal(JSON.parse(line!).message, "10n");
});
