// The Node.js runtime inside a sandbox: loads the function, then takes events from the Runtime API one by one.
// Plain CommonJS that runs on Node.js 20 and newer, and small: every cold start loads it. It imports nothing of src/.
//
//   node bootstrap.cjs           variables are in the environment already
//   node bootstrap.cjs --early   started before the function is known; one line {variables, cwd} on fd 0 tells it

"use strict";

const { patchConsole, logError } = require("./console.cjs");
const { begin } = require("./early.cjs");
const { UnhandledPromiseRejection, describe } = require("./errors.cjs");
const { loadHandler, provideGlobals } = require("./handler.cjs");
const { serve } = require("./invocation.cjs");
const { RuntimeApi } = require("./runtime-api.cjs");

// Exit codes of AWS's runtime; the platform shows them in Runtime.ExitError.
const EXIT_UNSETTLED = 13;
const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

/** Who is told about an error that nobody caught: init at first, then the invocation in progress. Once that was done, it is `over`: no answer any more. */
const reporter = { report: async () => {}, over: false };

function watchForUncaught(reporter) {
  process.on("uncaughtException", (error) => {
    logError("Uncaught Exception", error);
    reporter.over = true;
    reporter.report(describe(error)).finally(() => process.exit(EXIT_EXCEPTION));
  });
  process.on("unhandledRejection", (reason, promise) => {
    const error = new UnhandledPromiseRejection(reason, promise);
    logError("Unhandled Promise Rejection", error);
    reporter.over = true;
    reporter.report(describe(error)).finally(() => process.exit(EXIT_REJECTION));
  });
}

/** The N of nodejsN.x as configured, whatever interpreter runs it: AWS changed the handler's contract with 24. */
function generation() {
  const configured = /nodejs(\d+)\.x/.exec(process.env.AWS_EXECUTION_ENV ?? "");
  return Number(configured?.[1] ?? process.versions.node.split(".")[0]);
}

async function main() {
  if (process.argv[2] === "--early") {
    await import("./warm.mjs");
    begin();
  }
  const modern = generation() >= 24;
  patchConsole({ outsideInvocation: modern ? "-" : "undefined" });
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  reporter.report = (body) => api.failInit(body);
  watchForUncaught(reporter);
  provideGlobals();
  const handler = await load(api, modern);
  serve({ api, handler, modern, reporter });
}

async function load(api, modern) {
  const unsettled = () => process.exit(EXIT_UNSETTLED); // a top-level await that nothing can end
  process.once("beforeExit", unsettled);
  try {
    return await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER, modern);
  } catch (error) {
    logError(modern ? "Init Error" : "Uncaught Exception", error);
    await api.failInit(describe(error));
    process.exit(modern ? 1 : EXIT_EXCEPTION);
  } finally {
    process.off("beforeExit", unsettled);
  }
}

main();
