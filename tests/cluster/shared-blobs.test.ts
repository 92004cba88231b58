// Nodes on one database have one directory of blobs, also those that find it empty at the same moment.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkBlobs } from "../../src/cluster/shared-blobs.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { PlatformError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { openStore } from "../../src/store/open.ts";

test("eight nodes that start at once agree on an empty directory, and another directory is refused", { timeout: 60_000 }, async (t) => {
  const fail = (error: unknown) => assert.fail(String(error));
  const store = await openStore({ memory: true }, { clock: systemClock, program: "test", onFatal: fail, onError: fail });
  t.after(() => store.close());
  const [shared, other] = [await mkdtemp(join(tmpdir(), "lambent-blobs-")), await mkdtemp(join(tmpdir(), "lambent-blobs-"))];
  t.after(() => Promise.all([shared, other].map((folder) => rm(folder, { recursive: true }))));
  await Promise.all(Array.from({ length: 8 }, () => checkBlobs(store.database, shared, systemRandom)));
  await assert.rejects(
    checkBlobs(store.database, other, systemRandom),
    (error) => error instanceof PlatformError && error.code === "blobs-not-shared",
  );
});
