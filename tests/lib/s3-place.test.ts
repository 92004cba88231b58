// The address of a bucket: what it may say, and what it must not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PlatformError } from "../../src/lib/errors.ts";
import { nameOf, s3PlaceOf } from "../../src/lib/s3-place.ts";

const read = (text: string, region?: string) => {
  const { endpoint, ...place } = s3PlaceOf(text, region);
  return { ...place, endpoint: endpoint.href };
};

const refuses = (text: string, words: RegExp) =>
  assert.throws(
    () => s3PlaceOf(text, undefined),
    (error: unknown) => {
      assert.ok(error instanceof PlatformError && error.code === "bad-setting", String(error));
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    },
  );

test("a bucket of AWS stands in the host's name, unless its name has a dot", () => {
  const place = { bucket: "code", prefix: "lambent/prod", region: "eu-central-1", endpoint: "https://s3.eu-central-1.amazonaws.com/" };
  assert.deepEqual(read("s3://code/lambent/prod/?region=eu-central-1"), { ...place, addressing: "virtual" });
  assert.deepEqual(read("s3://code/lambent/prod", "eu-central-1"), { ...place, addressing: "virtual" });
  assert.equal(read("s3://code.example.com", "eu-central-1").addressing, "path");
  assert.equal(read("s3://code", "cn-north-1").endpoint, "https://s3.cn-north-1.amazonaws.com.cn/");
});

test("a bucket of another service stands in the path, unless the address says otherwise", () => {
  const place = { bucket: "code", prefix: "", region: "us-east-1", endpoint: "http://minio:9000/" };
  assert.deepEqual(read("s3://code?endpoint=http://minio:9000"), { ...place, addressing: "path" });
  assert.deepEqual(read("s3://code?endpoint=http://minio:9000&addressing=virtual"), { ...place, addressing: "virtual" });
});

test("an address that cannot be meant is refused with what is wrong, and repeats no secret", () => {
  refuses("s3://code/p", /region=REGION/);
  refuses("s3://AKIA:hush@code/p?region=eu-west-1", /no keys in its address/);
  refuses("s3://code?endpoint=https://AKIA:hush@minio", /without keys/);
  refuses("s3://code?endpoint=minio:9000", /https:\/\/HOST/);
  refuses("s3://code?region=eu-west-1&acl=public", /not 'acl'/);
  refuses("s3:///p?region=eu-west-1", /bucket's name/);
  refuses("s3://code/a/../b c?region=eu-west-1", /prefix/);
  refuses("s3://code?region=eu-west-1&addressing=both", /addressing=path/);
});

test("messages name the bucket, its prefix and who has it", () => {
  assert.equal(nameOf(s3PlaceOf("s3://code/p?endpoint=http://minio:9000", undefined)), "s3://code/p at minio:9000");
});
