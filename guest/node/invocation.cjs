// What happens to one event: the handler is called, its outcome posted, the next event awaited.
//
// Node.js 24 and newer: the handler's return value is the answer, sent at once.
// Node.js 20 and 22: besides that a callback and context.done/succeed/fail, and by default the answer of a callback waits until the event loop
// is empty: process "beforeExit" is that moment, since the Runtime API's socket does not hold the loop while a handler runs.

"use strict";

const { logError, setRequestId } = require("./console.cjs");
const { contextOf } = require("./context.cjs");
const { NodeJsExit, describe } = require("./errors.cjs");
const { ResponseStream } = require("./response-stream.cjs");

/** Serves events until the process ends. `reporter.report` tells the platform of an error that nobody caught. */
async function serve({ api, handler, modern, reporter }) {
  const drain = new Drain();
  const run = handler.streaming ? runStreaming : modern ? runModern : runClassic;
  for (let waiting = { next: api.next() }; ; ) {
    const { headers, body } = await waiting.next;
    const id = headers["lambda-runtime-aws-request-id"];
    setRequestId(id);
    setTraceId(headers["lambda-runtime-trace-id"]);
    reporter.report = (error) => api.fail(id, error);
    const outcome = await run({ api, handler, modern, drain, reporter, id, headers, body });
    waiting = await (modern ? answerLater : answerNow)(api, reporter, render(id, outcome));
  }
}

function setTraceId(header) {
  if (header === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = header;
}

/** Outcomes are {value}, {error}, or {sent: true} when a stream was the answer; rendered ones are {id, json}, {id, failure} and {}. */
function render(id, outcome) {
  if (outcome.sent) return {};
  if ("error" in outcome) return failed(id, outcome.error);
  try {
    return { id, json: JSON.stringify(outcome.value) ?? "null" };
  } catch {
    return failed(id, new Error("Unable to stringify response body"));
  }
}

function failed(id, error) {
  logError("Invoke Error", error);
  return { id, failure: describe(error) };
}

const oneTurn = () => new Promise((resolve) => setImmediate(resolve));
const nobody = async () => {};

/** From 24 on, a promise that the handler left rejected fails the invocation: the answer waits for one turn of the event loop. */
async function answerLater(api, reporter, { id, json, failure }) {
  await oneTurn();
  if (reporter.over) await new Promise(nobody); // the process ends as soon as the error is posted
  reporter.report = nobody;
  if (failure) return { next: api.failAndNext(id, failure) };
  return { next: json === undefined ? api.next() : api.respondAndNext(id, json) };
}

/** Up to 22 the answer goes out first; a rejection found a moment later ends the process before it asks for the next event. */
async function answerNow(api, reporter, { id, json, failure }) {
  if (failure) api.fail(id, failure);
  else if (json !== undefined) api.respond(id, json);
  reporter.report = nobody;
  await oneTurn();
  return { next: api.next() };
}

/** The moment when nothing is left that could go on: once per invocation, for whoever waits for it. */
class Drain {
  #call;

  constructor() {
    process.on("beforeExit", () => {
      const call = this.#call;
      this.#call = undefined;
      call?.();
    });
  }

  whenEmpty(call) {
    this.#call = call;
  }

  forget() {
    this.#call = undefined;
  }
}

const isPromise = (value) => typeof value?.then === "function";

function runModern({ handler: { call }, drain, headers, body }) {
  return new Promise((settle) => {
    drain.whenEmpty(() => settle({ error: new NodeJsExit() }));
    Promise.resolve()
      .then(() => call(JSON.parse(body), contextOf(headers)))
      .then(
        (value) => settle({ value }),
        (error) => settle({ error }),
      )
      .finally(() => drain.forget());
  });
}

function runClassic({ handler: { call, isAsync }, drain, headers, body }) {
  return new Promise((settle) => {
    let finished = false;
    let waits = true;
    const finish = (outcome, wait) => {
      if (finished) return; // the first of several answers counts
      finished = true;
      drain.forget();
      if (wait) drain.whenEmpty(() => settle(outcome));
      else settle(outcome);
    };
    const outcomeOf = (error, value) => (error === undefined || error === null ? { value } : { error });
    const callback = (error, value) => finish(outcomeOf(error, value), waits && (error === undefined || error === null));
    const done = (error, value) => finish(outcomeOf(error, value), false);
    const fail = (error) => done(error ?? "handled");
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waits = value;
      },
      succeed: (value) => done(null, value),
      fail,
      done,
      ...contextOf(headers),
    };
    // Nothing left to do and no answer: null from a handler that could have called back, an error from one that promised.
    drain.whenEmpty(() => finish(isAsync ? { error: new NodeJsExit() } : { value: null }, false));
    try {
      const result = call(JSON.parse(body), context, callback);
      if (isPromise(result)) result.then(context.succeed, fail);
    } catch (error) {
      done(error);
    }
  });
}

async function runStreaming({ api, handler: { call, highWaterMark }, modern, drain, reporter, id, headers, body }) {
  const stream = new ResponseStream((contentType) => api.openStream(id, contentType), highWaterMark);
  reporter.report = (error) => stream.close(error);
  const context = contextOf(headers);
  if (!modern) context.callbackWaitsForEmptyEventLoop = true;
  try {
    await streamed(call(JSON.parse(body), stream, context), stream, drain);
    await stream.close();
    if (context.callbackWaitsForEmptyEventLoop) await new Promise((emptied) => drain.whenEmpty(emptied));
  } catch (error) {
    logError("Invoke Error", error);
    await stream.close(describe(error));
  }
  return { sent: true };
}

async function streamed(result, stream, drain) {
  if (!isPromise(result)) throw new Error("Streaming does not support non-async handlers.");
  const closed = new Promise((resolve, reject) => stream.on("finish", resolve).on("error", reject));
  closed.catch(() => {}); // awaited below, unless the handler's own error comes first
  const drained = new Promise((_, reject) => drain.whenEmpty(() => reject(new Error("Response stream is not finished."))));
  const value = await Promise.race([result, drained]);
  if (value !== undefined) console.warn("Streaming handlers ignore return values.");
  await Promise.race([closed, drained]);
  drain.forget();
}

module.exports = { serve };
