// The checksums that S3 clients send with a body, each fed as the body comes and read out in base64.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Base64 of the big-endian value. */
  digest(): string;
}

/** Header or trailer → how to compute it. */
export const CHECKSUMS: Readonly<Record<string, () => Checksum>> = {
  "x-amz-checksum-crc32": crc32Checksum,
  "x-amz-checksum-crc32c": crc32cChecksum,
  "x-amz-checksum-crc64nvme": crc64Checksum,
  "x-amz-checksum-sha1": () => hashChecksum("sha1"),
  "x-amz-checksum-sha256": () => hashChecksum("sha256"),
};

function hashChecksum(algorithm: "sha1" | "sha256"): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
}

function crc32Checksum(): Checksum {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest: () => base64Of([value]),
  };
}

/** Castagnoli's polynomial, reflected. */
const CRC32C = 0x82f63b78;

function crc32cChecksum(): Checksum {
  const table = crcTable(0, CRC32C).low;
  let value = 0xffffffff;
  return {
    update(bytes) {
      let crc = value;
      for (let index = 0; index < bytes.length; index++) crc = table[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
      value = crc;
    },
    digest: () => base64Of([~value]),
  };
}

/** The NVMe specification's polynomial 0xAD93D23594C93659, reflected, in two halves: BigInt would be fifty times slower. */
const CRC64NVME = { high: 0x9a6c9329, low: 0xac4bc9b5 };

function crc64Checksum(): Checksum {
  const table = crcTable(CRC64NVME.high, CRC64NVME.low);
  let [high, low] = [0xffffffff, 0xffffffff];
  return {
    update(bytes) {
      let [h, l] = [high, low];
      for (let index = 0; index < bytes.length; index++) {
        const at = (l ^ bytes[index]!) & 0xff;
        l = table.low[at]! ^ ((l >>> 8) | (h << 24));
        h = table.high[at]! ^ (h >>> 8);
      }
      [high, low] = [h, l];
    },
    digest: () => base64Of([~high, ~low]),
  };
}

/** For each byte, the remainder of a reflected CRC of up to 64 bits. */
function crcTable(polynomialHigh: number, polynomialLow: number): { high: Uint32Array; low: Uint32Array } {
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = l & 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (isOdd) [h, l] = [h ^ polynomialHigh, l ^ polynomialLow];
    }
    [high[byte], low[byte]] = [h, l];
  }
  return { high, low };
}

function base64Of(words: readonly number[]): string {
  const out = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => {
    out.writeUInt32BE(word >>> 0, index * 4);
  });
  return out.toString("base64");
}
