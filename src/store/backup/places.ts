// What a server's settings name, opened for a backup and made anew for a restore: a data directory with SQLite files, or a PostgreSQL database.

import { lstatSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { PlatformError } from "../../lib/errors.ts";
import type { Blobs } from "../blobs.ts";
import { flushDirectory } from "../blobs-files.ts";
import { claimDirectory } from "../data-directory.ts";
import { openSqliteRows } from "../dialects/sqlite-row-source.ts";
import type { Migration } from "../migration.ts";
import type { BlobsPlace } from "../open.ts";
import { type BlobSource, openNew, openSource } from "./blob-places.ts";
import type { RestoreTarget } from "./restore-backup.ts";
import type { RowSource } from "./row-source.ts";

/** As `lambent start` takes them. */
export interface ServerPlace {
  /** Absolute. */
  readonly dataDirectory: string;
  readonly url: string | undefined;
  readonly blobs: BlobsPlace | undefined;
}

export interface NewPlace extends ServerPlace {
  /** Version of this program. */
  readonly program: string;
  readonly clock: Clock;
}

/** Throws PlatformError when a bucket cannot be used. */
export function openBlobs({ dataDirectory, blobs }: ServerPlace): Promise<BlobSource> {
  return openSource(blobs, join(dataDirectory, "blobs"));
}

/** Throws PlatformError "backup-failed" when there is nothing of lambent, or as a start on PostgreSQL would. */
export async function openRows({ dataDirectory, url }: ServerPlace): Promise<RowSource> {
  if (url !== undefined) {
    const [{ openPostgresRows }, { placeOf }] = await Promise.all([
      import("../dialects/postgres-row-source.ts"),
      import("../dialects/postgres-server-facts.ts"),
    ]);
    return openPostgresRows(url, placeOf(url));
  }
  const main = join(dataDirectory, "main.db");
  if (lstatSync(main, { throwIfNoEntry: false }) === undefined) {
    throw new PlatformError(
      "backup-failed",
      `${dataDirectory} is no data directory of lambent: it has no main.db. Name the server's with --data.`,
    );
  }
  return openSqliteRows([main, join(dataDirectory, "logs.db")]);
}

/** Throws PlatformError "restore-target-not-empty", or as a start there would. */
export function openTarget(place: NewPlace, schema: readonly Migration[]): Promise<RestoreTarget> {
  return place.url === undefined ? newDirectory(place, schema) : newDatabase(place, place.url, schema);
}

/** Made beside its place under a name that says so, then renamed: the kernel refuses when something has come to be there meanwhile. */
async function newDirectory(place: NewPlace, schema: readonly Migration[]): Promise<RestoreTarget> {
  const { dataDirectory, program } = place;
  refuseFilled(dataDirectory);
  const aside = `${dataDirectory}.restoring`;
  const claim = claimDirectory(aside); // what a killed restore has left is taken over, what a running one makes is not
  const abandon = async () => {
    claim.release();
    rmSync(aside, { recursive: true, force: true });
  };
  try {
    for (const name of ["main.db", "logs.db", "blobs"]) rmSync(join(aside, name), { recursive: true, force: true });
    const { createSqliteSink } = await import("../dialects/sqlite-row-sink.ts");
    const rows = await createSqliteSink({ directory: aside, migrations: schema, program });
    const { blobs, close } = await openNew(place.blobs, claim.blobs);
    return {
      rows,
      blobs,
      async commit() {
        if (place.blobs !== undefined) await settleOwner(blobs, await rows.blobsOwner());
        await rows.commit();
        await close();
        rmSync(join(aside, "lock.json")); // of this process
        await flushDirectory(aside);
        renameSync(aside, dataDirectory);
        claim.release(); // not before: another restore would take `aside` over
        await flushDirectory(dirname(dataDirectory));
      },
      async abandon() {
        await rows.abandon();
        await close();
        await abandon();
      },
    };
  } catch (error) {
    await abandon();
    throw error;
  }
}

/** Blobs go where all nodes look for them, before the rows do: what nobody names after a failure is swept by a server some day. */
async function newDatabase(place: NewPlace, url: string, schema: readonly Migration[]): Promise<RestoreTarget> {
  const { dataDirectory, program, clock } = place;
  const [{ createPostgresSink }, { placeOf }] = await Promise.all([
    import("../dialects/postgres-row-sink.ts"),
    import("../dialects/postgres-server-facts.ts"),
  ]);
  const rows = await createPostgresSink({ url, where: placeOf(url), migrations: schema, program, nowMs: clock.nowMs() });
  try {
    const claim = place.blobs === undefined ? claimDirectory(dataDirectory) : undefined;
    const { blobs, close } = await openNew(place.blobs, join(dataDirectory, "blobs"));
    return {
      rows,
      blobs,
      async commit() {
        await settleOwner(blobs, await rows.blobsOwner());
        await rows.commit();
        await close();
        claim?.release();
      },
      async abandon() {
        await rows.abandon();
        await close();
        claim?.release();
      },
    };
  } catch (error) {
    await rows.abandon();
    throw error;
  }
}

/** A database that was lost gets its blobs back; those of another one would be swept by both. `owner`: of the rows. */
async function settleOwner({ mark }: Blobs, owner: string | undefined): Promise<void> {
  const found = await mark.read();
  if (found === owner) return;
  if (found !== undefined)
    throw new PlatformError("restore-target-not-empty", `${mark.place} holds the blobs of another database. Name another with --blobs.`);
  if (owner !== undefined) await mark.write(owner);
}

function refuseFilled(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory() || readdirSync(directory).length > 0)
    throw new PlatformError("restore-target-not-empty", `${directory} is not empty. Name a new directory with --data.`);
  if (found.dev !== statSync(dirname(directory)).dev)
    throw new PlatformError(
      "restore-target-not-empty",
      `${directory} is the root of a disk. Name a directory in it: --data ${join(directory, "data")}.`,
    );
}
