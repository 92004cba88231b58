// S3's chunked bodies: the API reference's own examples, then each way to get one wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChunkSigner, decodeAwsChunked } from "../../src/wire/aws-chunked.ts";
import { SigningKeys } from "../../src/wire/sigv4.ts";
import { readAll } from "./echo-service.ts";
import { headOf, S3_SECRET } from "./sigv4-vectors.ts";

const SCOPE = { date: "20130524", region: "us-east-1", signingName: "s3" };
const signer = (seed: string): ChunkSigner => ({
  key: new SigningKeys().get(S3_SECRET, SCOPE),
  scope: "20130524/us-east-1/s3/aws4_request",
  amzDate: "20130524T000000Z",
  seed,
});

// "Example: PUT Object" of the S3 API reference: 65 KiB of the letter a, signed chunk by chunk.
const SIGNED_SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const SIGNATURES = [
  "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
// The same with trailing checksum: "Example: PUT Object with trailing headers".
const TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const TRAILER_SIGNATURES = [
  "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
  "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
  "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];
const TRAILER =
  "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";

const chunk = (data: string, signature?: string) =>
  `${data.length.toString(16)}${signature ? `;chunk-signature=${signature}` : ""}\r\n${data}\r\n`;
const CONTENT = "a".repeat(66_560);
const signedBody = (signatures: readonly string[], trailer = "") =>
  `${chunk("a".repeat(65_536), signatures[0])}${chunk("a".repeat(1_024), signatures[1])}0;chunk-signature=${signatures[2]}\r\n${trailer}\r\n`;

interface Options {
  readonly mode: string;
  readonly declared?: string;
  readonly trailer?: string;
  readonly signer?: ChunkSigner;
  /** Sizes of the pieces in which the body arrives. */
  readonly pieces?: number;
}

async function decode(
  body: string,
  { mode, declared = String(CONTENT.length), trailer, signer: by, pieces = 1_000 }: Options,
): Promise<string> {
  const headers: [string, string][] = [["x-amz-content-sha256", mode]];
  if (declared) headers.push(["x-amz-decoded-content-length", declared]);
  if (trailer) headers.push(["x-amz-trailer", trailer]);
  async function* arrive() {
    for (let at = 0; at < body.length; at += pieces) yield Buffer.from(body.slice(at, at + pieces), "latin1");
  }
  return Buffer.from(await readAll(decodeAwsChunked(headOf("PUT", "/b/k", headers), arrive(), by))).toString("latin1");
}

const SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

for (const pieces of [1, 7, 65_537, 200_000]) {
  test(`AWS's signed example is its content when it comes in pieces of ${pieces}`, async () => {
    assert.equal(await decode(signedBody(SIGNATURES), { mode: SIGNED, signer: signer(SIGNED_SEED), pieces }), CONTENT);
  });
}

test("AWS's example with a signed trailing checksum is its content", async () => {
  const options = { mode: SIGNED_TRAILER, trailer: "x-amz-checksum-crc32c", signer: signer(TRAILER_SEED) };
  assert.equal(await decode(signedBody(TRAILER_SIGNATURES, TRAILER), options), CONTENT);
});

test("without a signer, as in open mode, signatures are not looked at", async () => {
  assert.equal(await decode(signedBody(["0".repeat(64), "1".repeat(64), "2".repeat(64)]), { mode: SIGNED }), CONTENT);
});

test("an unsigned body with a trailing checksum is its content", async () => {
  const body = `${chunk("123456789")}0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n`;
  assert.equal(await decode(body, { mode: UNSIGNED_TRAILER, declared: "9", trailer: "x-amz-checksum-crc64nvme" }), "123456789");
});

const small = (body: string, trailer?: string): [string, Options] => [
  body,
  { mode: UNSIGNED_TRAILER, declared: "9", ...(trailer ? { trailer } : {}) },
];
const swapped = `${chunk("a".repeat(1_024), SIGNATURES[1])}${chunk("a".repeat(65_536), SIGNATURES[0])}0;chunk-signature=${SIGNATURES[2]}\r\n\r\n`;

const REFUSED: Readonly<Record<string, { args: [string, Options]; code: string }>> = {
  "a chunk with another's signature": { args: [swapped, { mode: SIGNED, signer: signer(SIGNED_SEED) }], code: "SignatureDoesNotMatch" },
  "altered content": {
    args: [signedBody(SIGNATURES).replace("aaa", "aab"), { mode: SIGNED, signer: signer(SIGNED_SEED) }],
    code: "SignatureDoesNotMatch",
  },
  "a chunk without a signature": {
    args: [`${chunk("a".repeat(10))}0\r\n\r\n`, { mode: SIGNED, declared: "10", signer: signer(SIGNED_SEED) }],
    code: "SignatureDoesNotMatch",
  },
  "an altered trailer": {
    args: [signedBody(TRAILER_SIGNATURES, TRAILER.replace("sOO8", "sOO9")), { mode: SIGNED_TRAILER, signer: signer(TRAILER_SEED) }],
    code: "SignatureDoesNotMatch",
  },
  "a missing trailer signature": {
    args: [
      signedBody(TRAILER_SIGNATURES, TRAILER.split("\r\n")[0]!.concat("\r\n")),
      { mode: SIGNED_TRAILER, signer: signer(TRAILER_SEED) },
    ],
    code: "SignatureDoesNotMatch",
  },
  "a wrong checksum": {
    args: small(`${chunk("123456789")}0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`, "x-amz-checksum-crc32"),
    code: "BadDigest",
  },
  "a checksum that is announced and does not come": {
    args: small(`${chunk("123456789")}0\r\n\r\n`, "x-amz-checksum-crc32"),
    code: "BadDigest",
  },
  "less content than declared": { args: small(`${chunk("12345678")}0\r\n\r\n`), code: "IncompleteBody" },
  "more content than declared": { args: small(`${chunk("1234567890")}0\r\n\r\n`), code: "IncompleteBody" },
  "a size that is no number": { args: small("x\r\n123456789\r\n0\r\n\r\n"), code: "IncompleteBody" },
  "a size beyond what a number holds": { args: small("fffffffffffffffffff\r\n"), code: "IncompleteBody" },
  "a negative size": { args: small("-9\r\n123456789\r\n0\r\n\r\n"), code: "IncompleteBody" },
  "a chunk that is longer than its size": { args: small("8\r\n123456789\r\n0\r\n\r\n"), code: "IncompleteBody" },
  "a body that ends within a chunk": { args: small("9\r\n12345"), code: "IncompleteBody" },
  "a body that ends between chunks": { args: small("9\r\n123456789\r\n"), code: "IncompleteBody" },
  "a chunk head without end": { args: small("0".repeat(20_000)), code: "IncompleteBody" },
  "trailers that are none": { args: small(`${chunk("123456789")}0\r\nnonsense\r\n\r\n`), code: "MalformedTrailerError" },
  "no declared length": { args: ["0\r\n\r\n", { mode: UNSIGNED_TRAILER, declared: "" }], code: "MissingContentLength" },
  "a signature algorithm that we do not have": {
    args: ["0\r\n\r\n", { mode: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }],
    code: "NotImplemented",
  },
};

for (const [name, { args, code }] of Object.entries(REFUSED)) {
  test(`${name} is refused`, () => assert.rejects(decode(...args), { code }));
}
