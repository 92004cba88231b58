// Checksums against their published check values, however the bytes are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECKSUMS } from "../../src/wire/checksum.ts";

/** "123456789" is what the catalogues of CRCs and FIPS 180 use. */
const CHECK_VALUES: Readonly<Record<string, string>> = {
  "x-amz-checksum-crc32": "cbf43926",
  "x-amz-checksum-crc32c": "e3069283",
  "x-amz-checksum-crc64nvme": "ae8b14860a799888",
  "x-amz-checksum-sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  "x-amz-checksum-sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
};

for (const [name, value] of Object.entries(CHECK_VALUES)) {
  test(`${name} has its published check value`, () => {
    const sum = CHECKSUMS[name]!();
    sum.update(Buffer.from("1234"));
    sum.update(Buffer.from("56789"));
    assert.equal(Buffer.from(sum.digest(), "base64").toString("hex"), value);
  });
}

test("every checksum is tested", () => {
  assert.deepEqual(Object.keys(CHECK_VALUES).sort(), Object.keys(CHECKSUMS).sort());
});
