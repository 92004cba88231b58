import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, type TestContext, test } from "node:test";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { lambent } from "./lambent.ts";

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "lambent-keys-"));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const keys = (...argv: readonly string[]) => lambent(["keys", ...argv, "--data", data, "--json"]);

/** Ended after the test, whatever became of it. */
async function started(t: TestContext, args: readonly string[]): Promise<LambentProcess> {
  const server = await startLambent({ args });
  t.after(() => server.kill("SIGKILL"));
  return server;
}

test("a key made without a server is listed, without its secret", async () => {
  const made = JSON.parse((await keys("create", "--account", "123456789012", "--user", "ada")).out);
  assert.match(made.secretAccessKey, /^[A-Za-z0-9/+]{40}$/);
  const listed = JSON.parse((await keys("list")).out);
  assert.deepEqual(
    listed.map((key: { accessKeyId: string; principalArn: string }) => [key.accessKeyId, key.principalArn]),
    [[made.accessKeyId, "arn:aws:iam::123456789012:user/ada"]],
  );
  assert.equal(listed[0].secretAccessKey, undefined);
});

test("a deleted key is gone, and deleting it again fails", async () => {
  const { accessKeyId } = JSON.parse((await keys("create")).out);
  assert.equal((await keys("delete", accessKeyId)).exitCode, 0);
  assert.deepEqual(JSON.parse((await keys("list")).out), []);
  assert.equal((await keys("delete", accessKeyId)).exitCode, 1);
});

test("what create prints can be evaluated by a shell", async () => {
  const { out, err } = await lambent(["keys", "create", "--data", data]);
  assert.match(out, /^export AWS_ACCESS_KEY_ID=AKIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S+\n$/);
  assert.match(err, /shown this once/);
});

test("an account that is no account is wrong use", async () => {
  assert.equal((await keys("create", "--account", "12")).exitCode, 2);
});

test("keys of a running server are good at once, and no others are", async (t) => {
  const first = JSON.parse((await keys("create")).out);
  const server = await started(t, ["--sandbox", "process", "--auth", "enforce", "--data", data]);
  const list = (accessKeyId: string, secret: string) =>
    lambent(["list", "--json"], {
      environment: { AWS_ENDPOINT_URL: server.endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret },
    });
  const second = JSON.parse((await keys("create")).out);
  const answers = [
    await list(first.accessKeyId, first.secretAccessKey),
    await list(second.accessKeyId, second.secretAccessKey),
    await list(second.accessKeyId, first.secretAccessKey),
    await list("test", "test"),
  ];
  await keys("delete", second.accessKeyId);
  answers.push(await list(second.accessKeyId, second.secretAccessKey));
  assert.equal(await server.stop(), 0);
  assert.deepEqual(
    answers.map(({ exitCode, err }) => (exitCode === 0 ? "good" : JSON.parse(err).error.code)),
    ["good", "good", "InvalidSignatureException", "UnrecognizedClientException", "UnrecognizedClientException"],
  );
});

test("no key is made beside a server that does not tell where its data is", async (t) => {
  const args = ["--sandbox", "process", "--auth", "enforce", "--host", "0.0.0.0", "--data", join(data, "its-own")];
  const server = await started(t, args);
  const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${new URL(server.endpoint).port}` };
  const elsewhere = await lambent(["keys", "create"], { environment, workingDirectory: data });
  const asked = await lambent(["keys", "create"], { environment: { ...environment, LAMBENT_DATA: join(data, "its-own") } });
  assert.equal(await server.stop(), 0);
  assert.equal(elsewhere.exitCode, 1);
  assert.match(elsewhere.err, /--data DIR/);
  assert.equal(asked.exitCode, 0, asked.err);
});

test("a server that keeps nothing has keys for as long as it runs", async (t) => {
  const server = await started(t, ["--sandbox", "process", "--auth", "enforce", "--memory"]);
  const at = ["--endpoint-url", server.endpoint];
  const made = JSON.parse((await lambent(["keys", "create", "--json", ...at])).out);
  const environment = { AWS_ACCESS_KEY_ID: made.accessKeyId, AWS_SECRET_ACCESS_KEY: made.secretAccessKey };
  const listed = await lambent(["list", "--json", ...at], { environment });
  assert.equal(await server.stop(), 0);
  assert.equal(listed.out, "[]\n");
});
