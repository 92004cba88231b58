// Errors as AWS's Node.js runtime names and renders them.

"use strict";

const { types } = require("node:util");

/** An error of the runtime: `name` is the errorType that callers see. */
class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super("UnhandledPromiseRejection", String(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

/** A function whose promises can never settle, because nothing is left that could settle them. */
class NodeJsExit extends RuntimeError {
  constructor() {
    super(
      "NodeJsExit",
      "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes",
    );
  }
}

const isText = (value) => typeof value === "string" && value !== "";
const looksLikeError = (value) => value != null && isText(value.name) && isText(value.message) && isText(value.stack);

/** What is posted: {errorType, errorMessage, trace}. Anything may be thrown, so nothing here may throw. */
function describe(error) {
  try {
    if (types.isNativeError(error) || error instanceof Error || looksLikeError(error))
      return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
      trace: [],
    };
  }
}

const asError = (value) => (value instanceof Error ? value : new Error(value));

/** What is logged: every own property too, with the tab that AWS puts in front. */
function renderForLog(error) {
  try {
    return `\t${JSON.stringify(error, (_key, value) => withProperties(value))}`;
  } catch {
    return `\t${JSON.stringify(describe(error))}`;
  }
}

function withProperties(value) {
  if (!(value instanceof Error)) return value;
  const shown = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  delete shown.name;
  if (typeof value.stack === "string") shown.stack = value.stack.split("\n");
  return shown;
}

module.exports = { NodeJsExit, RuntimeError, UnhandledPromiseRejection, asError, describe, renderForLog };
