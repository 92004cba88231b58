// Finds and loads the function's handler: CommonJS or ES module, in the order and with the errors of AWS's runtime.

"use strict";

const fs = require("node:fs");
const module_ = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { RuntimeError } = require("./errors.cjs");
const { HttpResponseStream } = require("./response-stream.cjs");

// Public names: wrappers in the wild set and copy them.
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");

const CALLBACK_REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** The global `awslambda`, which streaming functions need at load time. */
function provideGlobals() {
  if (/^(1|true)$/.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? "")) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream,
  };
}

/** {call, streaming, highWaterMark, isAsync}; throws what AWS's runtime reports as an init error. */
async function loadHandler(root, name, modern) {
  const { folder, file, property } = splitName(name);
  const loaded = await load(root, folder, file);
  const call = resolve(loaded, property, name);
  const streaming = isStreaming(call);
  if (modern && call.length >= 3 && !streaming) throw new RuntimeError("CallbackHandlerDeprecated", CALLBACK_REMOVED);
  return { call, streaming, highWaterMark: call[HIGH_WATER_MARK], isAsync: call.constructor?.name === "AsyncFunction" };
}

/** "src/app.api.handler" → src, app, api.handler */
function splitName(name) {
  if (name.includes(".."))
    throw new RuntimeError(
      "MalformedHandlerName",
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const base = path.basename(name);
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (match === null) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  return { folder: name.slice(0, name.indexOf(base)), file: match[1], property: match[2] };
}

async function load(root, folder, file) {
  const stem = path.resolve(root, folder, file);
  try {
    const found = findFile(stem);
    if (found === undefined) return require(require.resolve(file, { paths: [root, path.join(root, folder)] }));
    if (!found.esm) return require(found.path);
    resolveFromNodePath();
    return await import(pathToFileURL(found.path).href);
  } catch (error) {
    throw asLoadError(error);
  }
}

/** The file without an extension comes first, as on AWS; a .js file is a module when its package says so. */
function findFile(stem) {
  const esm = packageIsModule(path.dirname(stem));
  const candidates = [
    { path: stem, esm: false },
    { path: `${stem}.js`, esm },
    { path: `${stem}.mjs`, esm: true },
    { path: `${stem}.cjs`, esm: false },
  ];
  return candidates.find((each) => fs.statSync(each.path, { throwIfNoEntry: false })?.isFile());
}

function packageIsModule(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) return typeOf(file) === "module";
  return folder !== "/" && packageIsModule(path.dirname(folder));
}

function typeOf(packageFile) {
  try {
    return JSON.parse(fs.readFileSync(packageFile, "utf8"))?.type;
  } catch (error) {
    console.warn(`${packageFile} cannot be read, it will be ignored for ES module detection purposes.`, error);
    return undefined;
  }
}

/** AWS lets ES modules find packages by NODE_PATH too, so that layers work for them; Node itself does not. */
function resolveFromNodePath() {
  const folders = (process.env.NODE_PATH ?? "").split(":").filter((folder) => folder !== "" && fs.existsSync(folder));
  // AWS: on a Node without registerHooks (before 22.15) ES modules find packages of layers by require() only.
  if (folders.length === 0 || module_.registerHooks === undefined) return;
  const anchors = folders.map((folder) => pathToFileURL(`${folder}/../none.mjs`).href);
  module_.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        return resolveFrom(anchors, specifier, context, next) ?? fail(error);
      }
    },
  });
}

function resolveFrom(anchors, specifier, context, next) {
  if (/^[./]|^[a-z]+:/.test(specifier)) return undefined;
  for (const parentURL of anchors) {
    try {
      return next(specifier, { ...context, parentURL });
    } catch {} // not in this folder
  }
  return undefined;
}

function fail(error) {
  throw error;
}

function asLoadError(error) {
  if (error instanceof SyntaxError) {
    const wrapped = new RuntimeError("UserCodeSyntaxError", String(error));
    wrapped.stack = error.stack;
    return wrapped;
  }
  return error?.code === "MODULE_NOT_FOUND" ? new RuntimeError("ImportModuleError", String(error)) : error;
}

function resolve(loaded, property, name) {
  const within = (start) => property.split(".").reduce((at, key) => at?.[key], start);
  const handler = within(loaded) ?? within(loaded?.default);
  if (!handler) throw new RuntimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new RuntimeError("HandlerNotFound", `${name} is not a function`);
  return handler;
}

function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (!mark) return false;
  if (mark === "response") return true;
  throw new RuntimeError("MalformedStreamingHandler", "Only response streaming is supported.");
}

module.exports = { loadHandler, provideGlobals };
