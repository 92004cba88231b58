// Opens everything that keeps state for one server: database, logs, blobs, bus and the directories, in memory or below a data directory.

import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import type { S3Place } from "../lib/s3-place.ts";
import type { Blobs } from "./blobs.ts";
import { openFileBlobs } from "./blobs-files.ts";
import { type Bus, localBus } from "./bus.ts";
import { type ClaimedDirectory, claimDirectory, type Directories } from "./data-directory.ts";
import type { Database, StoreError } from "./database.ts";
import { openSqlite, type SqliteOptions } from "./dialects/sqlite.ts";
import { startGarbageCollection } from "./garbage.ts";
import { claimMemoryDirectory } from "./memory-directory.ts";
import { openQueues } from "./queue/open-queues.ts";
import type { Queues } from "./queue/queue.ts";
import { startQueueUpkeep } from "./queue/upkeep.ts";
import { allRoles, leasedRoles, type RoleLeases } from "./roles/role-leases.ts";
import type { Variables } from "./s3/credentials.ts";
import { counting, StoreTotals } from "./store-totals.ts";

export type StorePlace = ({ readonly dataDirectory: string } | { readonly memory: true }) & {
  /** The rows are in that PostgreSQL database, and only files below the directory. */
  readonly url?: string | undefined;
  /** What all nodes of a cluster share, instead of blobs/ below the data directory. */
  readonly blobs?: BlobsPlace | undefined;
};

export type BlobsPlace = { readonly directory: string } | { readonly bucket: S3Place; readonly variables: Variables };

export interface StoreOptions {
  readonly clock: Clock;
  /** Version of this program: kept with the schema it writes. */
  readonly program: string;
  /** This process must end: the disk cannot be trusted any more. */
  readonly onFatal: (error: StoreError) => void;
  /** A failure in the background that needs no caller to act. */
  readonly onError: (error: unknown) => void;
  /** False: other nodes remove what is old or nobody's. */
  readonly keepsHouse?: boolean;
}

export interface Store {
  readonly database: Database;
  /**
   * logs.db, with a thread and a write lock of its own; opened by the first call. Acknowledged log lines of the last moments may go with the
   * power. In PostgreSQL the same database as all else.
   */
  logs(): Promise<Database>;
  readonly blobs: Blobs;
  readonly queues: Queues;
  /** Of this process among those on the database; drawn anew at every start. */
  readonly nodeId: string;
  /** Tasks that one node alone may have. */
  readonly roles: RoleLeases;
  /** Topics that procs wake arrive here as well. */
  readonly bus: Bus;
  readonly directories: Directories;
  /** Of `database`. */
  readonly totals: StoreTotals;
  /** Notes where this server answers, for the message to a second process. */
  announce(endpoint: string): void;
  /** Waits for what is under way, then frees the directory. */
  close(): Promise<void>;
}

/** Throws PlatformError when the directory is in use, not ours, on a network disk or of a newer program, or the database cannot be used. */
export async function openStore(place: StorePlace, options: StoreOptions): Promise<Store> {
  const inMemory = "memory" in place;
  const directory = inMemory ? claimMemoryDirectory() : claimDirectory(place.dataDirectory);
  try {
    const totals = new StoreTotals();
    return await openIn({ directory, place, totals, open: openerOf(directory, place, options, totals) }, options);
  } catch (error) {
    directory.release();
    throw error;
  }
}

type Opener = (schema: SqliteOptions["schema"]) => Promise<Database>;

function openerOf(directory: Directories, place: StorePlace, options: StoreOptions, totals: StoreTotals): Opener {
  const { url } = place;
  if (url === undefined) return (schema) => openSqlite(sqliteOptions(directory, "memory" in place, schema, options));
  const { clock, program } = options;
  let database: Promise<Database> | undefined;
  return () => {
    // Loaded here, so that a start on SQLite does not read what it does not use.
    database ??= Promise.all([import("./dialects/postgres.ts"), import("./migrations.ts")]).then(([{ openPostgres }, { migrations }]) =>
      openPostgres({ url, migrations, program, clock, random: systemRandom, onRetry: (reason) => totals.retried(reason) }),
    );
    return database;
  };
}

interface Opening {
  readonly directory: ClaimedDirectory;
  readonly place: StorePlace;
  readonly totals: StoreTotals;
  readonly open: Opener;
}

async function openIn({ directory, place, totals, open }: Opening, options: StoreOptions): Promise<Store> {
  const opening = open("main"); // first: its thread starts while this one still reads files
  const [opened, blobs] = await Promise.all([opening, openBlobs(place, directory)]).catch(async (error: unknown) => {
    await opening.then(
      (half) => half.close(),
      () => {},
    );
    throw error;
  });
  const database = counting(opened, totals);
  const bus = localBus((_topic, error) => options.onError(error));
  database.onWake((topic) => bus.publish(topic));
  const queues = openQueues({ database, blobs });
  const nodeId = systemRandom.hex(6);
  const roles = place.url === undefined ? allRoles() : leasedRoles({ database, nodeId, onError: options.onError });
  const { clock, onError, keepsHouse = true } = options;
  const endUpkeep = keepsHouse ? startQueueUpkeep(database, clock, onError) : undefined;
  const endCollection = keepsHouse ? startGarbageCollection(database, blobs, clock, onError) : undefined;
  let logs: Promise<Database> | undefined;
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([queues.close(), endUpkeep?.(), endCollection?.(), roles.close()]);
    await Promise.all([database.close(), logs?.then((logged) => logged.close())]);
    directory.release();
  };
  return {
    database,
    blobs,
    queues,
    nodeId,
    roles,
    bus,
    directories: directory,
    totals,
    logs() {
      logs ??= open("logs").catch((error) => {
        logs = undefined; // the next call tries again
        throw error;
      });
      return logs;
    },
    announce: (endpoint) => directory.announce(endpoint),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function openBlobs(place: StorePlace, directory: Directories): Promise<Blobs> {
  const { blobs } = place;
  if (blobs === undefined) return openFileBlobs(directory.blobs, { flush: !("memory" in place) });
  if ("directory" in blobs) return openFileBlobs(blobs.directory, { flush: true, shared: true });
  const { openS3Blobs } = await import("./blobs-s3.ts"); // signing and XML are loaded by nobody else
  const cacheDirectory = join(directory.root, "blob-cache");
  return openS3Blobs({ place: blobs.bucket, variables: blobs.variables, cacheDirectory, random: systemRandom });
}

function sqliteOptions(
  directory: Directories,
  inMemory: boolean,
  schema: SqliteOptions["schema"],
  { clock, program, onFatal }: StoreOptions,
): SqliteOptions {
  // logs.db too: PutLogEvents is acknowledged only when it is on disk; functions' own lines add about one commit a second.
  const shared = { schema, synchronous: "FULL", clock, program, onFatal } as const;
  if (inMemory) return { ...shared, file: "memory" };
  return { ...shared, file: join(directory.root, `${schema}.db`), backupDirectory: directory.backups };
}
