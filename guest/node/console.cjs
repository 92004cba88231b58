// console.log and its siblings as on AWS: time, request id and level in front (Text), or one JSON object a line (AWS_LAMBDA_LOG_FORMAT=JSON).
// A message of several lines is one log event: RS at the end of a line says that it goes on (src/invoke/line-splitter.ts).

"use strict";

const fs = require("node:fs");
const { format } = require("node:util");
const { asError, renderForLog } = require("./errors.cjs");

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const METHODS = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
const RETRY_MS = 1;
const GOES_ON = "\x1e\n";

let requestId = "undefined";
let outside = "undefined";
let json = false;

/** `outsideInvocation` stands where the request id would: AWS's runtimes differ in it. */
function patchConsole({ outsideInvocation }) {
  requestId = outside = outsideInvocation;
  json = (process.env.AWS_LAMBDA_LOG_FORMAT ?? "").toUpperCase() === "JSON";
  const lowest = Math.max(0, LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL ?? "").toUpperCase()));
  const render = json ? renderJson : renderText;
  for (const [method, level] of Object.entries(METHODS)) {
    const shown = LEVELS.indexOf(level) >= lowest;
    console[method] = shown ? (...parts) => writeLine(render(level, parts)) : () => {};
  }
}

function setRequestId(id) {
  requestId = id ?? outside;
}

function renderText(level, parts) {
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...parts)}`;
}

function renderJson(level, parts) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (parts.length === 1) return withOneMessage(line, parts[0]);
  const error = parts.find((part) => part instanceof Error);
  return JSON.stringify({ ...line, message: format(...parts), ...(error && errorFields(error)) });
}

function withOneMessage(line, message) {
  try {
    return JSON.stringify({ ...line, message }, (_key, value) => (value instanceof Error ? { ...errorFields(value), ...value } : value));
  } catch {
    return JSON.stringify({ ...line, message: format(message) }); // circular, or a BigInt
  }
}

function errorFields(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

/** Synchronous, so that no line is lost when the process ends in the next moment. */
function writeLine(text) {
  const message = text.includes("\n") ? text.replaceAll("\n", GOES_ON) : text;
  let rest = Buffer.from(`${message}\n`, "utf8");
  while (rest.length > 0) rest = rest.subarray(writeSome(rest));
}

function writeSome(bytes) {
  try {
    return fs.writeSync(1, bytes);
  } catch (error) {
    if (error.code !== "EAGAIN") return bytes.length; // nobody reads any more
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS); // the reader is behind: back-pressure
    return 0;
  }
}

function logError(title, error) {
  if (json) console.error(asError(error));
  else console.error(title, renderForLog(asError(error)));
}

module.exports = { logError, patchConsole, setRequestId };
