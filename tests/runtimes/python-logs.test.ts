import assert from "node:assert/strict";
import { test } from "node:test";
import { Guest } from "./guest-process.ts";

async function outputOf(body: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const text = `import logging\nlogger = logging.getLogger()\ndef handler(event, context):\n    ${body}\n`;
  const guest = await Guest.start({ runtime: "python3.12", variables, files: { "index.py": text } });
  await guest.invoke(1);
  return guest.stop();
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const UUID = "[0-9a-f]{8}-[0-9a-f-]{27}";

test("a logged line has level, time, request id and message, with tabs between", async () => {
  assert.match(await outputOf(`logger.warning("order %d", 7)`), new RegExp(`^\\[WARNING\\]\t${TIME}\t${UUID}\torder 7\n$`));
});

test("the root logger's level is WARNING, unless the function or AWS_LAMBDA_LOG_LEVEL says otherwise", async () => {
  assert.equal(await outputOf(`logger.info("x")`), "");
  assert.match(await outputOf(`logger.setLevel("INFO"); logger.info("x")`), /^\[INFO\]\t/);
  assert.match(await outputOf(`logger.debug("x")`, { AWS_LAMBDA_LOG_LEVEL: "TRACE" }), /^\[DEBUG\]\t/);
});

test("what is printed without a line end is written before the answer", async () => {
  assert.equal(await outputOf(`print("half", end="")`), "half");
});

test("other letters are UTF-8, whatever the locale", async () => {
  assert.equal(await outputOf(`print("grün \\U0001f980")`, { LANG: "C" }), "grün \u{1f980}\n");
});

test("an error is logged with its trace as one message, indented by no-break spaces", async () => {
  const lines = (await outputOf(`raise ValueError("bad")`)).split("\x1e\n");
  assert.deepEqual(lines.slice(0, 2), ["[ERROR] ValueError: bad", "Traceback (most recent call last):"]);
  assert.match(lines[2]!, /^\u00a0\u00a0File "[^"]*\/index\.py", line 4, in handler$/);
});

test("a logged message of several lines is marked as one; what is printed, or read from a replaced stdout, is not", async () => {
  assert.match(await outputOf(`logger.warning("one\\ntwo")`), /\tone\x1e\ntwo\n$/);
  assert.equal(await outputOf(`print("one\\ntwo")`), "one\ntwo\n");
  const replaced = `import io, sys; out = sys.stdout; sys.stdout = io.StringIO(); logger.warning("one\\ntwo"); out.write(repr(sys.stdout.getvalue())); sys.stdout = out`;
  assert.match(await outputOf(replaced), /\\tone\\ntwo\\n'$/);
});

test("in JSON a logged line is one object, with extra fields and the exception", async () => {
  const body = `try: 1 / 0\n    except Exception: logger.exception("failed", extra={"order": 7})`;
  const { timestamp, requestId, stackTrace, location, ...told } = JSON.parse(await outputOf(body, { AWS_LAMBDA_LOG_FORMAT: "JSON" }));
  assert.deepEqual(told, {
    level: "ERROR",
    message: "failed",
    logger: "root",
    errorType: "ZeroDivisionError",
    errorMessage: "division by zero",
    order: 7,
  });
  assert.match(timestamp, new RegExp(`^${TIME}$`));
  assert.match(requestId, new RegExp(`^${UUID}$`));
  assert.match(stackTrace[0], /line 4, in handler/);
  assert.match(location, /\/index\.py:handler:5$/);
});
