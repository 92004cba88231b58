// Blobs belong to one database: its nodes share them, also those that find the place empty at the same moment, and no other takes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PlatformError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { ownBlobs } from "../../src/platform/own-blobs.ts";
import { blobPlaces } from "../contract/blob-places.ts";
import { openIn } from "../contract/store-dialects.ts";

const notShared = (error: unknown) => error instanceof PlatformError && error.code === "blobs-not-shared";

for (const [name, { hasNodes, place: placeFor }] of Object.entries(blobPlaces)) {
  if (!hasNodes) continue;
  test(`eight nodes that start at once agree on ${name} that is empty; another place, or another database, is refused`, {
    timeout: 300_000,
  }, async (t) => {
    const { database } = await openIn(t, { memory: true });
    const [place, other] = [await placeFor(t), await placeFor(t)];
    const nodes = await Promise.all(Array.from({ length: 8 }, () => place.open()));
    await Promise.all(nodes.map((blobs) => ownBlobs(database, blobs, systemRandom)));
    await assert.rejects(ownBlobs(database, await other.open(), systemRandom), notShared);
    const { database: stranger } = await openIn(t, { memory: true });
    await assert.rejects(ownBlobs(stranger, await place.open(), systemRandom), notShared);
    await other.open().then((blobs) => ownBlobs(stranger, blobs, systemRandom));
    await assert.rejects(ownBlobs(database, await other.open(), systemRandom), notShared);
  });
}
