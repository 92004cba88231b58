// Open mode: whose caller a key makes, which requests a web page may have caused, and which hosts are ours.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Call } from "../../src/wire/call.ts";
import { knownKeys, ROLE_ARN, SESSION_KEY } from "./known-keys.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";
import { exchangeRaw, requestText } from "./raw-http.ts";

let gateway: OpenGateway;
let caller: Call;

before(async () => {
  const ListFunctions = async (_: object, call: Call) => {
    caller = call;
    return { Functions: [] };
  };
  gateway = await openGateway(
    { lambda: { operations: { ListFunctions }, context: undefined } },
    { credentials: knownKeys, publicHosts: ["lambent.example"] },
  );
});
after(() => gateway.close());

const PATH = "GET /2015-03-31/functions";
const list = (headers: Readonly<Record<string, string>> = {}) => exchangeRaw(gateway.port, requestText(PATH, headers));
const scope = (key: string, region = "ap-south-1") => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=x`,
});

test("a request without a signature is the default account's root in us-east-1", async () => {
  assert.equal((await list()).status, 200);
  assert.deepEqual([caller.account, caller.region, caller.principalArn], ["000000000000", "us-east-1", "arn:aws:iam::000000000000:root"]);
});

test("a key of 12 digits is that account's root, in the region of the scope", async () => {
  await list(scope("123456789012"));
  assert.deepEqual([caller.account, caller.region, caller.principalArn], ["123456789012", "ap-south-1", "arn:aws:iam::123456789012:root"]);
});

test("any other key is the default account's", async () => {
  await list(scope("test"));
  assert.deepEqual([caller.account, caller.accessKeyId], ["000000000000", "test"]);
});

test("a session's key is its role, signature unseen", async () => {
  await list({ ...scope(SESSION_KEY.accessKeyId), "x-amz-security-token": SESSION_KEY.sessionToken });
  assert.equal(caller.principalArn, ROLE_ARN);
});

test("URLs that a handler hands out are built from the Host", async () => {
  await list({ host: "lambent.example:4566" });
  assert.equal(caller.endpoint, "http://lambent.example:4566");
});

const REFUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a page of another origin": { origin: "https://evil.example" },
  "a page of another origin on loopback": { origin: "http://127.0.0.1:8080" },
  "a page without an origin": { origin: "null" },
  "an image in a page of another site": { "sec-fetch-site": "cross-site" },
  "a page of a sibling host": { "sec-fetch-site": "same-site" },
  "a page whose name was bound to this machine": { host: "evil.example:4566" },
  "a page whose name only looks like ours": { host: "127.0.0.1.evil.example" },
  "a page whose name ends like ours": { host: "evillambent.example" },
};

for (const [name, headers] of Object.entries(REFUSED)) {
  test(`${name} is refused by name with 403`, async () => {
    const { status, body } = await list(headers);
    assert.equal(status, 403);
    assert.match(body, /lambent in open mode refuses this request/);
  });
}

for (const host of [
  "localhost:4566",
  "bucket.localhost",
  "127.0.0.1",
  "[::1]:4566",
  "192.168.1.7:80",
  "lambent.example",
  "any.lambent.example",
  "lambda.eu-west-1.amazonaws.com",
]) {
  test(`Host ${host} is served`, async () => assert.equal((await list({ host })).status, 200));
}

test("a page of our own is served", async () => {
  assert.equal((await list({ host: "localhost:4566", origin: "http://localhost:4566", "sec-fetch-site": "same-origin" })).status, 200);
});

test("an address that a browser was led to may not name an action", async () => {
  const { status, body } = await exchangeRaw(gateway.port, requestText("GET /?Action=CreateUser", { "sec-fetch-site": "none" }));
  assert.equal(status, 403);
  assert.match(body, /may look, but not act/);
});

test("an address typed into the browser is served", async () => {
  assert.equal((await list({ "sec-fetch-site": "none" })).status, 200);
});
