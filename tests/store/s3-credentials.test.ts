// Whose keys sign requests to a bucket: found where AWS's tools look, in their order, and lent ones fetched anew before they end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { startS3 } from "../../scripts/s3-server.ts";
import { CredentialSource, type Variables } from "../../src/store/s3/credentials.ts";
import { S3Failure } from "../../src/store/s3/s3-failure.ts";
import { temporaryDirectory } from "./ledger.ts";

const KEYS = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example-secret" };
const NO_INSTANCE = { AWS_EC2_METADATA_DISABLED: "true" };
const find = (variables: Variables) => new CredentialSource(variables, "eu-central-1").get();
const refuses = (words: RegExp) => (error: unknown) => error instanceof S3Failure && words.test(error.message);

/** A home with these files in its .aws. */
function home(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, ".aws"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, ".aws", name), text);
  return directory;
}

/** A service that lends keys; undefined is a 404. */
async function lender(t: TestContext, answer: (request: IncomingMessage) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const found = answer(request);
    response.writeHead(found === undefined ? 404 : 200).end(typeof found === "string" ? found : JSON.stringify(found));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const lentUntil = (ms: number, n = 1) => ({
  AccessKeyId: `ASIA${n}`,
  SecretAccessKey: "lent",
  Token: "session",
  Expiration: new Date(Date.now() + ms).toISOString(),
});

describe("keys for a bucket", { timeout: 180_000 }, () => {
  test("variables go before all else", async (t) => {
    const HOME = home(t, { credentials: "[default]\naws_access_key_id = other\naws_secret_access_key = other\n" });
    const variables = { HOME, AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };
    assert.deepEqual(await find(variables), KEYS);
    assert.deepEqual(await find({ ...variables, AWS_SESSION_TOKEN: "session" }), { ...KEYS, sessionToken: "session" });
  });

  test("the shared files have a profile's keys, in either file, and comments and nested settings are no keys", async (t) => {
    const HOME = home(t, {
      credentials: `# mine\n[default]\naws_access_key_id=${KEYS.accessKeyId}\r\naws_secret_access_key = ${KEYS.secretAccessKey}\n`,
      config: "[profile work]\nregion = eu-west-1\ns3 =\n  aws_access_key_id = nested\naws_access_key_id = W\naws_secret_access_key = w\n",
    });
    assert.deepEqual(await find({ HOME }), KEYS);
    assert.deepEqual(await find({ HOME, AWS_PROFILE: "work" }), { accessKeyId: "W", secretAccessKey: "w" });
  });

  test("a profile that is not there, or gets its keys in a way that we do not know, is refused by name", async (t) => {
    const HOME = home(t, { config: "[profile sso]\nsso_session = s\n[profile role]\nrole_arn = arn\nsource_profile = default\n" });
    await assert.rejects(find({ HOME, AWS_PROFILE: "none" }), refuses(/'none' has no aws_access_key_id/));
    await assert.rejects(find({ HOME, AWS_PROFILE: "sso" }), refuses(/'sso' gets its keys by sso_session/));
    await assert.rejects(find({ HOME, AWS_PROFILE: "role" }), refuses(/'role' gets its keys by role_arn/));
  });

  test("a container's service lends them to whoever has its token", async (t) => {
    const base = await lender(t, ({ url, headers }) =>
      url === "/v1/credentials" && headers.authorization === "pod-token" ? lentUntil(3_600_000) : undefined,
    );
    const HOME = home(t, { token: "pod-token\n" });
    const variables = { HOME, ...NO_INSTANCE, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/v1/credentials` };
    const file = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(HOME, ".aws", "token") };
    assert.equal((await find({ ...variables, ...file })).accessKeyId, "ASIA1");
    await assert.rejects(find(variables), (error: unknown) => error instanceof S3Failure && error.status === 404);
    const elsewhere = { ...variables, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/v1/credentials" };
    await assert.rejects(find(elsewhere), refuses(/neither https nor an address of this machine/));
  });

  test("an instance's role lends them, after a session token was asked for", async (t) => {
    const roles = "/latest/meta-data/iam/security-credentials/";
    const base = await lender(t, ({ method, url, headers }) => {
      if (method === "PUT") return url === "/latest/api/token" ? "imds-token" : undefined;
      if (headers["x-aws-ec2-metadata-token"] !== "imds-token") return undefined;
      return url === roles ? "node-role" : url === `${roles}node-role` ? lentUntil(3_600_000) : undefined;
    });
    const variables = { HOME: home(t, {}), AWS_EC2_METADATA_SERVICE_ENDPOINT: base };
    const { accessKeyId, sessionToken } = await find(variables);
    assert.deepEqual([accessKeyId, sessionToken], ["ASIA1", "session"]);
    await assert.rejects(find({ ...variables, ...NO_INSTANCE }), refuses(/^There are no keys/));
  });

  test("a service account's token becomes a role's keys at STS", async (t) => {
    const server = await startS3({ isOpen: true });
    t.after(() => server.stop());
    const { endpoint, region, keys } = server;
    const iam = new IAMClient({ endpoint, region, credentials: keys });
    t.after(() => iam.destroy());
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "lambent", AssumeRolePolicyDocument: "{}" }));
    const HOME = home(t, { token: "a.b.c\n" });
    const found = await find({
      HOME,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(HOME, ".aws", "token"),
      AWS_ROLE_ARN: Role!.Arn,
      AWS_ENDPOINT_URL_STS: endpoint,
    });
    assert.match(found.accessKeyId, /^ASIA/);
    assert.ok(found.sessionToken !== undefined && (found.expiresMs ?? 0) > Date.now());
  });

  test("lent keys are asked for once by many, and anew when they are about to end", async (t) => {
    let asked = 0;
    let validMs = 60_000; // too short to be used twice
    const base = await lender(t, () => lentUntil(validMs, ++asked));
    const source = new CredentialSource({ HOME: home(t, {}), AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/` }, "eu-central-1");
    const first = await Promise.all(Array.from({ length: 20 }, () => source.get()));
    assert.deepEqual(new Set(first.map(({ accessKeyId }) => accessKeyId)), new Set(["ASIA1"]));
    validMs = 3_600_000;
    const second = await Promise.all(Array.from({ length: 20 }, () => source.get()));
    assert.deepEqual(new Set(second.map(({ accessKeyId }) => accessKeyId)), new Set(["ASIA2"]));
    assert.equal((await source.get()).accessKeyId, "ASIA2");
    source.forget();
    assert.equal((await source.get()).accessKeyId, "ASIA3");
  });
});
