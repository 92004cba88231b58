import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { lambent } from "./lambent.ts";

/** A port that was free a moment ago: nobody listens there. */
const NOBODY = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };

test("help lists every command and ends well", async () => {
  const { exitCode, out } = await lambent(["--help"]);
  assert.equal(exitCode, 0);
  for (const name of Object.keys(commands)) assert.match(out, new RegExp(`^  ${name} `, "m"));
});

test("every command has help of its own", async () => {
  for (const name of Object.keys(commands)) {
    const { exitCode, out } = await lambent([name, "--help"]);
    assert.equal(exitCode, 0);
    assert.match(out, new RegExp(`Usage: lambent ${name} [^]*--json`));
  }
});

test("wrong use is exit code 2", async () => {
  assert.equal((await lambent(["nonsense"])).exitCode, 2);
  assert.equal((await lambent(["list", "--nonsense"])).exitCode, 2);
  assert.equal((await lambent(["invoke"])).exitCode, 2);
  assert.equal((await lambent(["invoke", "f", "--payload", "{}", "--event", "f.json"])).exitCode, 2);
});

test("no server is a sentence with the remedy, and exit code 1", async () => {
  const { exitCode, err } = await lambent(["list"], { environment: NOBODY });
  assert.equal(exitCode, 1);
  assert.match(err, /No lambent answers at http:\/\/127\.0\.0\.1:1\. Start one with `lambent start`\./);
});

test("with --json an error is one line of JSON", async () => {
  const { err } = await lambent(["list", "--json"], { environment: NOBODY });
  assert.equal(JSON.parse(err).error.code, "no-server");
});

test("a server that is no lambent is told apart from none", async () => {
  const stranger = createServer((_, response) => response.writeHead(418, { "content-type": "text/plain" }).end("teapot"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as { port: number };
  const { exitCode, err } = await lambent(["list", "--endpoint-url", `http://127.0.0.1:${port}`]);
  stranger.close();
  assert.equal(exitCode, 1);
  assert.match(err, /HTTP 418.*teapot/);
});

test("an endpoint that is no URL is wrong use", async () => {
  const { exitCode, err } = await lambent(["list", "--endpoint-url", "localhost:4566"]);
  assert.equal(exitCode, 2);
  assert.match(err, /Give one like http:\/\/127\.0\.0\.1:4566/);
});
