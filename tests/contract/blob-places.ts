// THE TABLE of places for blobs that the contract is checked on.

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { type S3Server, startS3 } from "../../scripts/s3-server.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { s3PlaceOf } from "../../src/lib/s3-place.ts";
import type { Blobs } from "../../src/store/blobs.ts";
import { type FileBlobsOptions, openFileBlobs } from "../../src/store/blobs-files.ts";
import { openS3Blobs } from "../../src/store/blobs-s3.ts";
import { temporaryDirectory } from "../store/ledger.ts";

/** One place, empty at first. */
export interface BlobPlace {
  /** As a node opens it: the first, or a further one where there may be several. Its files lie below `directory`. */
  open(directory?: string): Promise<Blobs>;
  /** As it is to a node that opens it a day later. */
  later(): Promise<Blobs>;
  /** Other bytes are there now. */
  damage(key: string): Promise<void>;
}

export interface BlobsUnderTest {
  readonly hasNodes: boolean;
  place(t: TestContext): Promise<BlobPlace>;
}

export const blobPlaces: Readonly<Record<string, BlobsUnderTest>> = {
  files: { hasNodes: false, place: async (t) => filesIn(temporaryDirectory(t), { flush: true }) },
  memory: { hasNodes: false, place: async (t) => filesIn(temporaryDirectory(t), { flush: false }) },
  "a shared directory": { hasNodes: true, place: async (t) => filesIn(temporaryDirectory(t), { flush: true, shared: true }) },
  "a bucket": { hasNodes: true, place: (t) => bucketFor(t) },
};

let started: Promise<S3Server> | undefined;

after(async () => (await started)?.stop());

/** One for all tests of a file. */
export function s3Server(): Promise<S3Server> {
  started ??= startS3();
  return started;
}

function filesIn(temporary: string, options: FileBlobsOptions): BlobPlace {
  let root = join(temporary, "blobs");
  return {
    open: (directory) => {
      root = directory ?? root;
      mkdirSync(root, { recursive: true });
      return openFileBlobs(root, options);
    },
    later: () => {
      const dayAgo = new Date(Date.now() - 86_400_000);
      for (const path of filesBelow(root)) utimesSync(path, dayAgo, dayAgo);
      return openFileBlobs(root, options);
    },
    damage: async (key) => writeFileSync(join(root, key.slice(0, 2), key), "other bytes"),
  };
}

function filesBelow(root: string): readonly string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

async function bucketFor(t: TestContext): Promise<BlobPlace> {
  const server = await s3Server();
  const bucket = await server.createBucket();
  const open = (cacheDirectory: string, youngMs?: number) =>
    openS3Blobs({
      place: s3PlaceOf(`s3://${bucket}/blobs/of-this?endpoint=${server.endpoint}`, undefined),
      variables: variablesOf(server),
      cacheDirectory,
      random: systemRandom,
      ...(youngMs !== undefined && { youngMs }),
    });
  return {
    open: (directory = temporaryDirectory(t)) => open(join(directory, "cache")),
    later: () => open(join(temporaryDirectory(t), "cache"), -86_400_000),
    async damage(key) {
      const Prefix = `blobs/of-this/${key.slice(0, 2)}/${key}`;
      const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
      for (const { Key } of Contents) await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "other bytes" }));
    },
  };
}

export function variablesOf({ keys }: S3Server): Readonly<Record<string, string>> {
  return { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
}
