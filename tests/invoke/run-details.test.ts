import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerStream } from "../../src/invoke/answer-stream.ts";
import { rounded } from "../../src/invoke/platform-records.ts";
import { Run } from "../../src/invoke/run.ts";
import { runtimeDoneDetails } from "../../src/invoke/run-details.ts";
import { versionOf } from "./data-plane.ts";

const payload = Buffer.from("12345");
const outcome = { payload, isError: false };

function runWith(stream?: AnswerStream): Run {
  const version = versionOf("fn");
  const given = { requestId: "r", version, invokedArn: version.functionArn, payload, tail: false };
  const run = new Run(stream === undefined ? given : { ...given, stream }, () => {});
  run.startedMs = performance.now() - 100;
  return run;
}

test("a streamed answer's latency is that of its first byte, and its duration lasts to the last", () => {
  const stream = new AnswerStream(1_000);
  const run = runWith(stream);
  stream.begin(undefined);
  stream.write(Buffer.alloc(7), () => {});
  run.answer(outcome);
  run.answeredMs = stream.begunMs! + 50;
  const { spans, producedBytes } = runtimeDoneDetails(run, 200, Date.now());
  const [latency, duration] = spans!;
  assert.equal(producedBytes, 7);
  assert.equal(latency!.durationMs, rounded(stream.begunMs! - run.startedMs));
  assert.equal(duration!.durationMs, 50);
});

test("an answer that comes as a whole has no duration, whether its caller would have read a stream or not", () => {
  for (const stream of [undefined, new AnswerStream(1_000)]) {
    const run = runWith(stream);
    run.answer(outcome);
    run.answeredMs = performance.now();
    const { spans, producedBytes } = runtimeDoneDetails(run, 200, Date.now());
    assert.deepEqual([producedBytes, spans![1]!.durationMs], [5, 0]);
  }
});
