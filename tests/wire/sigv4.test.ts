// Signatures: AWS's published examples, two other signers as oracles, and each way in which one must be refused.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import { ServiceError } from "../../src/lib/errors.ts";
import type { RequestHead } from "../../src/wire/identify.ts";
import { signatureRefusals } from "../../src/wire/signature-refusals.ts";
import { sha256Hex } from "../../src/wire/signature-text.ts";
import { parseSignature, SigV4Verifier } from "../../src/wire/sigv4.ts";
import { headOf, S3_NOW_MS, S3_SECRET, SUITE_NOW_MS, SUITE_SECRET, s3Vectors, suiteVectors } from "./sigv4-vectors.ts";

const SECRET = "secret";
const NOW_MS = Date.parse("2026-05-06T07:08:09Z");
const jsonRefusals = signatureRefusals("json");
const s3Refusals = signatureRefusals("rest-xml");

interface Check {
  readonly secret?: string;
  readonly payloadHash?: string;
  readonly nowMs?: number;
  readonly isS3?: boolean;
}

function check(head: RequestHead, { secret = SECRET, payloadHash = sha256Hex(""), nowMs = NOW_MS, isS3 = false }: Check = {}): void {
  const refusals = isS3 ? s3Refusals : jsonRefusals;
  const signature = parseSignature(head, refusals);
  assert.ok(signature, "the request carries a signature");
  new SigV4Verifier().verify({ head, signature, secret, payloadHash, nowMs, refusals });
}

for (const { name, head, payloadHash } of suiteVectors) {
  test(`AWS's example ${name} is accepted`, () => check(head, { secret: SUITE_SECRET, nowMs: SUITE_NOW_MS, payloadHash }));
}

for (const { name, head, payloadHash } of s3Vectors) {
  test(`the S3 reference's example ${name} is accepted`, () =>
    check(head, { secret: S3_SECRET, nowMs: S3_NOW_MS, payloadHash, isS3: true }));
}

test("the S3 reference's presigned URL is accepted", () => {
  const target =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400" +
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  const head = headOf("GET", target, [["Host", "examplebucket.s3.amazonaws.com"]]);
  check(head, { secret: S3_SECRET, nowMs: S3_NOW_MS + 86_399_000, payloadHash: "UNSIGNED-PAYLOAD", isS3: true });
});

/** Signed by aws4, which shares no code with us. */
function signedByAws4(options: {
  service: string;
  path: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}): RequestHead {
  const { service, path, method = "GET", body, headers = {} } = options;
  const request = {
    host: "127.0.0.1:4566",
    service,
    region: "eu-west-1",
    method,
    path,
    headers: { "X-Amz-Date": "20260506T070809Z", ...headers },
    ...(body === undefined ? {} : { body }),
  };
  const signed = aws4.sign(request, { accessKeyId: "AKID", secretAccessKey: SECRET });
  return headOf(
    method,
    signed.path!,
    Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)] as const),
  );
}

const PATHS = [
  "/",
  "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Afoo/invocations?Qualifier=%24LATEST",
  "/2017-03-31/tags/arn%3Aaws%3Alambda?tagKeys=a%20b&tagKeys=a%26c&tagKeys=",
  "/2015-03-31/functions/?Marker=a%2Fb%3D%3D&MaxItems=5",
];

for (const path of PATHS) {
  test(`aws4's signature of ${path.slice(0, 60)} is accepted`, () => check(signedByAws4({ service: "lambda", path })));
}

for (const path of [
  "/bucket/a%20key/with//two/./slashes/..",
  "/bucket/%C3%A9%2B%28x%29?partNumber=1&uploadId=a%2Bb",
  "/bucket/key?list-type=2&prefix=",
]) {
  test(`aws4's signature of the S3 path ${path} is accepted`, () => {
    const head = signedByAws4({ service: "s3", path, headers: { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" } });
    check(head, { isS3: true, payloadHash: "UNSIGNED-PAYLOAD" });
  });
}

test("@smithy/signature-v4's header and presigned signatures are accepted", async () => {
  const signer = new SignatureV4({
    service: "sqs",
    region: "eu-west-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: SECRET, sessionToken: "to/ken==" },
    sha256: Sha256,
  });
  const request = {
    method: "POST",
    protocol: "http:",
    hostname: "127.0.0.1",
    path: "/a b/é",
    query: { q: ["2", "1"], empty: "" },
    headers: { host: "127.0.0.1:1", "x-other": "  a   b " },
  };
  const signed = await signer.sign({ ...request, path: "/a%20b/%C3%A9" }, { signingDate: new Date(NOW_MS) });
  check(headOf("POST", "/a%20b/%C3%A9?q=2&q=1&empty=", Object.entries(signed.headers)));
  const presigned = await signer.presign({ ...request, path: "/a%20b/%C3%A9" }, { signingDate: new Date(NOW_MS), expiresIn: 60 });
  const query = Object.entries(presigned.query ?? {}).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  check(headOf("POST", `/a%20b/%C3%A9?${query.join("&")}`, Object.entries(presigned.headers)));
});

const signedHead = () => signedByAws4({ service: "lambda", path: "/2015-03-31/functions?MaxItems=5", method: "POST", body: "{}" });
const bodyHash = sha256Hex("{}");
const replaceHeader = (head: RequestHead, name: string, change: (value: string) => string): RequestHead => {
  const pairs = Array.from(
    { length: head.rawHeaders.length / 2 },
    (_, index) => [head.rawHeaders[index * 2]!, head.rawHeaders[index * 2 + 1]!] as const,
  );
  return headOf(
    head.method,
    `${head.path}?${head.query}`,
    pairs.map(([key, value]) => (key.toLowerCase() === name ? [key, change(value)] : [key, value])),
  );
};

const REFUSED: Readonly<Record<string, { head(): RequestHead; check?: Check; code: string }>> = {
  "another secret": { head: signedHead, check: { secret: "other" }, code: "InvalidSignatureException" },
  "another body": { head: signedHead, check: { payloadHash: sha256Hex("{ }") }, code: "InvalidSignatureException" },
  "an altered path": { head: () => ({ ...signedHead(), path: "/2015-03-31/function" }), code: "InvalidSignatureException" },
  "an altered query": { head: () => ({ ...signedHead(), query: "MaxItems=6" }), code: "InvalidSignatureException" },
  "an altered method": { head: () => ({ ...signedHead(), method: "PUT" }), code: "InvalidSignatureException" },
  "an altered signed header": {
    head: () => replaceHeader(signedHead(), "host", () => "127.0.0.1:4567"),
    code: "InvalidSignatureException",
  },
  "a signature of the wrong length": {
    head: () => replaceHeader(signedHead(), "authorization", (value) => value.slice(0, -1)),
    code: "IncompleteSignatureException",
  },
  "another region in the scope": {
    head: () => replaceHeader(signedHead(), "authorization", (value) => value.replace("eu-west-1", "eu-west-2")),
    code: "InvalidSignatureException",
  },
  "another date in the scope": {
    head: () => replaceHeader(signedHead(), "authorization", (value) => value.replace("20260506", "20260507")),
    code: "InvalidSignatureException",
  },
  "a host that is not signed": {
    head: () => replaceHeader(signedHead(), "authorization", (value) => value.replace(/SignedHeaders=[^,]+/, "SignedHeaders=x-amz-date")),
    code: "InvalidSignatureException",
  },
  "a clock that is 16 minutes ahead": { head: signedHead, check: { nowMs: NOW_MS - 16 * 60_000 }, code: "InvalidSignatureException" },
  "a request that is 16 minutes old": { head: signedHead, check: { nowMs: NOW_MS + 16 * 60_000 }, code: "InvalidSignatureException" },
  "a date that is none": { head: () => replaceHeader(signedHead(), "x-amz-date", () => "2026-05-06"), code: "InvalidSignatureException" },
  "no date": {
    head: () => ({ ...signedHead(), headers: { ...signedHead().headers, "x-amz-date": undefined } }),
    code: "IncompleteSignatureException",
  },
  "an asymmetric signature": {
    head: () => replaceHeader(signedHead(), "authorization", (value) => value.replace("HMAC", "ECDSA-P256")),
    code: "IncompleteSignatureException",
  },
};

for (const [name, { head, check: options, code }] of Object.entries(REFUSED)) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => check(head(), { payloadHash: bodyHash, ...options }),
      (error) => error instanceof ServiceError && error.code === code,
    );
  });
}

test("what these refusals start from is accepted", () => check(signedHead(), { payloadHash: bodyHash }));

test("an S3 header that changes what is stored must be signed", () => {
  const signed = signedByAws4({ service: "s3", path: "/bucket/key", headers: { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" } });
  const head: RequestHead = {
    ...signed,
    headers: { ...signed.headers, "x-amz-acl": "public-read" },
    rawHeaders: [...signed.rawHeaders, "x-amz-acl", "public-read"],
  };
  assert.throws(() => check(head, { isS3: true, payloadHash: "UNSIGNED-PAYLOAD" }), { code: "AccessDenied", message: /not signed/ });
});

/** Presigned by aws4. */
function presignedByAws4(expiresS: number): RequestHead {
  const path = `/bucket/f%2Bx?X-Amz-Expires=${expiresS}&X-Amz-Date=20260506T070809Z`;
  const request = { host: "127.0.0.1:4566", path, service: "s3", region: "eu-west-1", signQuery: true };
  const signed = aws4.sign(request, { accessKeyId: "AKID", secretAccessKey: SECRET, sessionToken: "a+b/c==" });
  return headOf("GET", signed.path!, [["Host", "127.0.0.1:4566"]]);
}
const asS3 = { isS3: true, payloadHash: "UNSIGNED-PAYLOAD" };

test("a presigned URL is accepted until it expires, and not after", () => {
  check(presignedByAws4(600), { ...asS3, nowMs: NOW_MS + 600_000 });
  assert.throws(() => check(presignedByAws4(600), { ...asS3, nowMs: NOW_MS + 601_000 }), {
    code: "AccessDenied",
    message: "Request has expired",
  });
});

test("a presigned URL may not be extended, nor live longer than a week", () => {
  const head = presignedByAws4(600);
  assert.throws(() => check({ ...head, query: head.query.replace("Expires=600", "Expires=601") }, asS3), { code: "SignatureDoesNotMatch" });
  assert.throws(() => check(presignedByAws4(604_801), asS3), { code: "AuthorizationQueryParametersError" });
});

test("a presigned URL of the day after tomorrow is refused", () => {
  assert.throws(() => check(presignedByAws4(600), { ...asS3, nowMs: NOW_MS - 86_400_000 }), { code: "AccessDenied" });
});

test("signing keys are told apart by secret, day, region and service", () => {
  const verifier = new SigV4Verifier();
  const { scope } = parseSignature(signedHead(), jsonRefusals)!;
  const key = (secret: string) =>
    [scope.region, scope.signingName, "aws4_request"].reduce(
      (k: Buffer, text) => createHmac("sha256", k).update(text).digest(),
      createHmac("sha256", `AWS4${secret}`).update(scope.date).digest(),
    );
  assert.notDeepEqual(key("a"), key("b"));
  const head = signedHead();
  const signature = parseSignature(head, jsonRefusals)!;
  const verify = (secret: string) =>
    verifier.verify({
      head,
      signature,
      secret,
      payloadHash: createHash("sha256").update("{}").digest("hex"),
      nowMs: NOW_MS,
      refusals: jsonRefusals,
    });
  assert.deepEqual(verify(SECRET).key, key(SECRET));
  assert.throws(() => verify("b"), { code: "InvalidSignatureException" });
});
