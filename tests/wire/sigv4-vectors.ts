// AWS's published SigV4 examples, restated: the signature test suite of 2015-08-30 and the examples of the S3 API reference.

import type { RequestHead } from "../../src/wire/identify.ts";
import { sha256Hex } from "../../src/wire/signature-text.ts";

export interface Vector {
  readonly name: string;
  readonly head: RequestHead;
  readonly payloadHash: string;
  readonly signature: string;
}

interface Outline {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly signature: string;
}

export const SUITE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
export const SUITE_NOW_MS = Date.parse("2015-08-30T12:36:00Z");

const SUITE: Readonly<Record<string, Outline>> = {
  "get-vanilla": { target: "/", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "get-vanilla-query-order-key-case": {
    target: "/?Param2=value2&Param1=value1",
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  "get-vanilla-empty-query-key": {
    target: "/?Param1=value1",
    signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  "get-vanilla-query-unreserved": {
    target:
      "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  },
  "get-unreserved": {
    target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  "get-header-key-duplicate": {
    target: "/",
    headers: [
      ["My-Header1", "value2"],
      ["My-Header1", "value2"],
      ["My-Header1", "value1"],
    ],
    signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  },
  "get-header-value-trim": {
    target: "/",
    headers: [
      ["My-Header1", " value1"],
      ["My-Header2", ' "a   b   c"'],
    ],
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  },
  "get-relative": { target: "/example/..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "get-slash-dot-slash": { target: "/./", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "post-vanilla": { method: "POST", target: "/", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
  "post-x-www-form-urlencoded": {
    method: "POST",
    target: "/",
    headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    body: "Param1=value1",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
};

export const suiteVectors: readonly Vector[] = Object.entries(SUITE).map(([name, outline]) =>
  vector(name, outline, {
    credential: "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
    fixed: [
      ["Host", "example.amazonaws.com"],
      ["X-Amz-Date", "20150830T123600Z"],
    ],
    payloadHash: sha256Hex(outline.body ?? ""),
  }),
);

export const S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const S3_NOW_MS = Date.parse("2013-05-24T00:00:00Z");

const S3: Readonly<Record<string, Outline>> = {
  "GET Object with a range": {
    target: "/test.txt",
    headers: [["Range", "bytes=0-9"]],
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  "PUT Object whose key is encoded": {
    method: "PUT",
    target: "/test%24file.text",
    headers: [
      ["Date", "Fri, 24 May 2013 00:00:00 GMT"],
      ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
    ],
    body: "Welcome to Amazon S3.",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  "GET Bucket lifecycle": { target: "/?lifecycle", signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  "GET Bucket, listed": { target: "/?max-keys=2&prefix=J", signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

export const s3Vectors: readonly Vector[] = Object.entries(S3).map(([name, outline]) => {
  const payloadHash = sha256Hex(outline.body ?? "");
  return vector(name, outline, {
    credential: "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
    fixed: [
      ["Host", "examplebucket.s3.amazonaws.com"],
      ["x-amz-content-sha256", payloadHash],
      ["x-amz-date", "20130524T000000Z"],
    ],
    payloadHash,
  });
});

interface Signing {
  readonly credential: string;
  readonly fixed: readonly (readonly [string, string])[];
  readonly payloadHash: string;
}

function vector(
  name: string,
  { method = "GET", target, headers = [], signature }: Outline,
  { credential, fixed, payloadHash }: Signing,
): Vector {
  const all = [...fixed, ...headers];
  const signedHeaders = [...new Set(all.map(([header]) => header.toLowerCase()))].sort().join(";");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return { name, head: headOf(method, target, [...all, ["Authorization", authorization]]), payloadHash, signature };
}

/** As Node would hand it over. */
export function headOf(method: string, target: string, headers: readonly (readonly [string, string])[]): RequestHead {
  const [path, query = ""] = target.split("?") as [string, string?];
  const joined: Record<string, string> = {};
  for (const [name, value] of headers)
    joined[name.toLowerCase()] = joined[name.toLowerCase()] ? `${joined[name.toLowerCase()]}, ${value}` : value;
  return { method, path, query, headers: joined, rawHeaders: headers.flat() };
}
