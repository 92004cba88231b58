// Enforce mode with real clients: what a signature proves, and what is refused in which words.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { pythonEnv } from "../../scripts/python-env.ts";
import type { Call } from "../../src/wire/call.ts";
import { isStream, readAll } from "../wire/echo-service.ts";
import { knownKeys, ROLE_ARN, SESSION_KEY, USER_ARN, USER_KEY } from "./known-keys.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";

type Bag = Record<string, unknown>;

let gateway: OpenGateway;
/** What the last handler was given. */
let last: { readonly call: Call; readonly input: Bag };

const record = (output: Bag) => async (input: Bag, call: Call) => {
  const settled: Bag = { ...input };
  for (const [name, value] of Object.entries(input)) if (isStream(value)) settled[name] = Buffer.from(await readAll(value)).toString();
  last = { call, input: settled };
  return output;
};

before(async () => {
  const services = {
    lambda: { Invoke: record({ StatusCode: 200, Payload: Buffer.from("1") }), CreateFunction: record({}) },
    iam: { GetUser: record({ User: { Path: "/", UserName: "u", UserId: "i", Arn: "a", CreateDate: new Date(0) } }) },
    s3: { PutObject: record({ ETag: '"e"' }), GetObject: record({ Body: Buffer.from("content") }) },
    sts: { AssumeRoleWithWebIdentity: record({}) },
  };
  const served = Object.fromEntries(Object.entries(services).map(([name, operations]) => [name, { operations, context: undefined }]));
  gateway = await openGateway(served, { auth: "enforce", credentials: knownKeys });
});
after(() => gateway.close());

const options = (credentials: object = USER_KEY) => ({
  endpoint: gateway.url,
  region: "eu-west-1",
  maxAttempts: 1,
  credentials: credentials as typeof USER_KEY,
});
const lambda = (credentials?: object) => new LambdaClient(options(credentials));
const s3 = (credentials?: object) => new S3Client({ ...options(credentials), forcePathStyle: true });
const invoke = (client: LambdaClient, payload = "{}") =>
  client.send(
    new InvokeCommand({
      FunctionName: "arn:aws:lambda:eu-west-1:111122223333:function:a",
      Qualifier: "$LATEST",
      Payload: Buffer.from(payload),
    }),
  );

test("a user's signed request has the user as its caller", async () => {
  await invoke(lambda());
  assert.equal(last.call.principalArn, USER_ARN);
  assert.equal(last.call.account, "111122223333");
  assert.equal(last.call.region, "eu-west-1");
});

test("a role session's signed request has the role as its caller", async () => {
  await invoke(lambda(SESSION_KEY));
  assert.equal(last.call.principalArn, ROLE_ARN);
});

test("a payload of 5 MB is hashed and arrives as it was", async () => {
  const payload = JSON.stringify("x".repeat(5_000_000));
  await invoke(lambda(), payload);
  assert.equal(Buffer.from(last.input.Payload as Uint8Array).toString(), payload);
});

test("code of 3 MB is hashed, parsed and arrives as it was", async () => {
  const zip = Buffer.alloc(3_000_000, "zip");
  await lambda().send(new CreateFunctionCommand({ FunctionName: "f", Role: "arn:aws:iam::111122223333:role/r", Code: { ZipFile: zip } }));
  assert.ok(zip.equals((last.input.Code as { ZipFile: Uint8Array }).ZipFile));
});

test("another secret is refused by Lambda with InvalidSignatureException", async () => {
  await assert.rejects(invoke(lambda({ ...USER_KEY, secretAccessKey: "other" })), {
    name: "InvalidSignatureException",
    message: /does not match/,
  });
});

test("an unknown key is refused by Lambda with UnrecognizedClientException", async () => {
  await assert.rejects(invoke(lambda({ ...USER_KEY, accessKeyId: "AKIANOBODY" })), { name: "UnrecognizedClientException" });
});

test("a session key without its token is refused", async () => {
  await assert.rejects(invoke(lambda({ ...SESSION_KEY, sessionToken: undefined })), { name: "UnrecognizedClientException" });
});

test("a clock that is off by 20 minutes is refused", async () => {
  const late = new LambdaClient({ ...options(), systemClockOffset: 20 * 60_000 });
  await assert.rejects(invoke(late), { name: "InvalidSignatureException", message: /not yet current/ });
});

test("a query service refuses in its own words", async () => {
  await new IAMClient(options()).send(new GetUserCommand({ UserName: "u" }));
  await assert.rejects(new IAMClient(options({ ...USER_KEY, secretAccessKey: "other" })).send(new GetUserCommand({})), {
    name: "SignatureDoesNotMatch",
  });
  await assert.rejects(new IAMClient(options({ ...USER_KEY, accessKeyId: "AKIANOBODY" })).send(new GetUserCommand({})), {
    name: "InvalidClientTokenId",
  });
});

test("a request without a signature is refused with 403", async () => {
  const answer = await fetch(`${gateway.url}/2015-03-31/functions/a/invocations`, { method: "POST", body: "{}" });
  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
});

test("AssumeRoleWithWebIdentity needs no signature", async () => {
  const client = new STSClient({ ...options(), signer: { sign: async (request: unknown) => request as never } });
  await client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: "arn:aws:iam::111122223333:role/role",
      RoleSessionName: "session",
      WebIdentityToken: "token",
    }),
  );
  assert.equal(last.input.WebIdentityToken, "token");
});

test("a presigned URL works until another touches it", async () => {
  const url = await getSignedUrl(s3(), new GetObjectCommand({ Bucket: "bucket", Key: "a b/é+c" }), { expiresIn: 60 });
  const answer = await fetch(url);
  assert.deepEqual([answer.status, await answer.text(), last.input.Key], [200, "content", "a b/é+c"]);
  const altered = await fetch(url.replace("a%20b", "a%20c"));
  assert.equal(altered.status, 403);
  assert.match(await altered.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
});

test("an object of bytes and an object of a stream arrive as they were", async () => {
  const client = s3();
  await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: "bytes" }));
  assert.equal(last.input.Body, "bytes");
  // No length, aws-chunked, with a trailing checksum.
  await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: Readable.from(["str", "eam"]), ContentLength: 6 }));
  assert.equal(last.input.Body, "stream");
});

test("an object whose content is not what was signed is refused at its end", async () => {
  const client = s3();
  client.middlewareStack.add(
    (next) => (args) => next({ ...args, request: Object.assign(args.request as object, { body: "BYTES" }) } as never),
    { step: "finalizeRequest", priority: "low" },
  );
  await assert.rejects(client.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: "bytes" })), {
    name: "XAmzContentSHA256Mismatch",
  });
});

test("boto3's SigV2 URL works, and an altered one does not", async () => {
  const { python } = await pythonEnv();
  const program = `
import botocore.session, sys
from botocore.config import Config
client = botocore.session.get_session().create_client("s3", "us-east-1", endpoint_url=sys.argv[1], aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3], config=Config(signature_version="s3"))
print(client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a b", "VersionId": "v"}, ExpiresIn=60))`;
  const child = spawn(python, ["-c", program, gateway.url, USER_KEY.accessKeyId, USER_KEY.secretAccessKey], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = (await text(child.stdout)).trim();
  assert.match(url, /AWSAccessKeyId=/);
  assert.equal((await fetch(url)).status, 200);
  assert.equal(last.call.principalArn, USER_ARN);
  assert.equal((await fetch(url.replace("versionId=v", "versionId=w"))).status, 403);
  assert.equal((await fetch(url.replace(/Expires=\d+/, "Expires=1"))).status, 403);
});

test("nothing of it was a failure of ours", () => assert.deepEqual(gateway.failures, []));
