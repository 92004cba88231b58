// lambent invoke --stream, against a real server with real functions, and the reader of event streams by itself.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, suite, test } from "node:test";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { readEventStream } from "../../src/cli/event-stream.ts";
import { frame } from "../../src/wire/event-stream.ts";
import { lambent } from "./lambent.ts";

const HANDLER = `
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.http) stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
  if (event.json) stream.write('{"a":1}');
  for (let i = 0; i < (event.n ?? 2); i++) stream.write("part " + i + "\\n");
  if (event.fail) throw new Error("midway");
  stream.end();
});
`;

suite("lambent invoke --stream", { timeout: 300_000 }, () => {
  let server: LambentProcess;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "lambent-stream-"));
    server = await startLambent({ args: ["--data", join(folder, "data")] });
    await mkdir(join(folder, "streams"));
    await writeFile(join(folder, "streams/index.mjs"), HANDLER);
    const { exitCode, err } = await run("deploy", "streams", "--runtime", "nodejs24.x", "--handler", "index.handler");
    assert.equal(exitCode, 0, err);
  });
  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...argv: string[]) => lambent(argv, { environment: { AWS_ENDPOINT_URL: server.endpoint }, workingDirectory: folder });
  const invoke = (event: object, ...more: string[]) => run("invoke", "streams", "--stream", "--payload", JSON.stringify(event), ...more);

  test("what the function writes goes to stdout and nothing else does", async () => {
    assert.deepEqual(await invoke({}), { exitCode: 0, out: "part 0\npart 1\n", err: "" });
    const { out } = await invoke({ n: 20_000 });
    assert.equal(out.split("\n").length, 20_001);
  });

  test("the head of an HTTP answer goes to stderr, JSON that is none stays", async () => {
    assert.deepEqual(await invoke({ http: true }), { exitCode: 0, out: "part 0\npart 1\n", err: '{"statusCode":201}\n' });
    assert.equal((await invoke({ json: true, n: 0 })).out, '{"a":1}');
  });

  test("an error midway is told after what came, with exit code 1", async () => {
    const { exitCode, out, err } = await invoke({ fail: true }, "--tail");
    assert.equal(out, "part 0\npart 1\n");
    assert.match(err, /REPORT RequestId.*\n✗ Error: midway\n$/s);
    assert.equal(exitCode, 1);
  });

  test("what cannot be said together is refused, and so is a function that is not there", async () => {
    assert.match((await invoke({}, "--json")).err, /leave out --async and --json/);
    const missing = await run("invoke", "none", "--stream");
    assert.match(missing.err, /Function not found/);
    assert.notEqual(missing.exitCode, 0);
  });
});

test("event streams are read however their bytes are cut, and not at all when they are damaged", async () => {
  const bytes = Buffer.concat([frame({ ":event-type": "PayloadChunk" }, "one"), frame({ ":event-type": "InvokeComplete", b: "ü" }, "{}")]);
  const read = async (chunks: readonly Buffer[]) => {
    const seen: unknown[] = [];
    for await (const { headers, payload } of readEventStream(Readable.from(chunks))) seen.push([headers, payload.toString()]);
    return seen;
  };
  const expected = [
    [{ ":event-type": "PayloadChunk" }, "one"],
    [{ ":event-type": "InvokeComplete", b: "ü" }, "{}"],
  ];
  assert.deepEqual(await read([bytes]), expected);
  assert.deepEqual(await read([...bytes].map((byte) => Buffer.of(byte))), expected);
  await assert.rejects(read([bytes.subarray(0, -1)]), /in the middle/);
  const damaged = Buffer.from(bytes);
  damaged[30]! ^= 1;
  await assert.rejects(read([damaged]), /damaged|no stream of events/);
  await assert.rejects(read([Buffer.from("HTTP/1.1 200 OK")]), /no stream of events/);
});
