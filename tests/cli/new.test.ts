import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { lambent } from "./lambent.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lambent-new-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const newFunction = (...argv: readonly string[]) => lambent(["new", ...argv], { workingDirectory: folder });
const read = (file: string) => readFile(join(folder, file), "utf8");

test("--node makes a handler that runs", async () => {
  assert.equal((await newFunction("--node", "hello")).exitCode, 0);
  const { handler } = await import(join(folder, "hello/index.mjs"));
  const answer = await handler({ name: "Ada" }, { awsRequestId: "r" });
  assert.deepEqual(answer, { message: "Hello, Ada!", request_id: "r" });
});

test("--rust names the package after the function", async () => {
  await newFunction("--rust", "orders-api");
  assert.match(await read("orders-api/Cargo.toml"), /^name = "orders-api"$/m);
  assert.doesNotMatch(await read("orders-api/Cargo.toml"), /\[workspace\]/);
});

test("below a cargo workspace the new project says that it is no member", async () => {
  await writeFile(join(folder, "Cargo.toml"), '[workspace]\nmembers = ["a"]\n');
  await newFunction("--rust", "deep/hello");
  assert.match(await read("deep/hello/Cargo.toml"), /^\[workspace\]$/m);
});

test("a folder with something in it is left alone", async () => {
  await mkdir(join(folder, "hello"));
  await writeFile(join(folder, "hello/mine"), "");
  const { exitCode, err } = await newFunction("--python", "hello");
  assert.equal(exitCode, 1);
  assert.match(err, /exists and is not empty/);
});

test("a name that no function can have is refused", async () => {
  assert.equal((await newFunction("9lives")).exitCode, 2);
  assert.equal((await newFunction("two words")).exitCode, 2);
});

test("two languages at once are wrong use", async () => {
  assert.equal((await newFunction("--node", "--rust", "hello")).exitCode, 2);
});
