// Restores a backup into a place where nothing is: all of it is checked first, then blobs, then rows. What fails leaves the place as it was.

import { PlatformError } from "../../lib/errors.ts";
import type { Blobs } from "../blobs.ts";
import { blobFile } from "../blobs-files.ts";
import type { Migration } from "../migration.ts";
import { migrations } from "../migrations.ts";
import { filesIn } from "./blob-places.ts";
import { copyBlobs } from "./copy-blobs.ts";
import { blobsOf, type Manifest, readManifest, rowsFile, unusable } from "./manifest.ts";
import { measureFile, readRows } from "./row-files.ts";
import type { PortableTable, RowSink } from "./row-source.ts";

/** Message numbers that the lost time after the backup may have given out: a receipt or an id from then must fit none that comes. */
const LOST_IDS = 1_000_000_000;

/** Where it goes: empty, and unseen until `commit`. */
export interface RestoreTarget {
  readonly rows: RowSink;
  readonly blobs: Blobs;
  /** Durable, and in its place, when it resolves. */
  commit(): Promise<void>;
  /** After a failure: nothing is left. */
  abandon(): Promise<void>;
}

export interface CheckWork {
  readonly backup: string;
  /** Version of this program. */
  readonly program: string;
  /** What is being done, for people. */
  onProgress(text: string): void;
  /** Ends it; nothing is left then. */
  readonly signal: AbortSignal;
}

export interface RestoreWork extends CheckWork {
  /** Opened when the backup has been found good; `schema` is what it has to be made of. */
  open(schema: readonly Migration[]): Promise<RestoreTarget>;
}

/** Throws PlatformError "backup-unusable" or "data-schema-newer", and whatever `open`, disk and database throw. */
export async function restoreBackup(work: RestoreWork): Promise<Manifest> {
  const manifest = await readManifest(work.backup);
  const schema = schemaOf(manifest, work.program);
  await checkRows(work, manifest);
  const target = await work.open(schema);
  try {
    await restoreBlobs(work, manifest, target.blobs);
    await restoreRows(work, manifest, target.rows);
    await target.commit();
    return manifest;
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

/** Reads all of it and writes nothing. Throws as `restoreBackup` does. */
export async function checkBackup(work: CheckWork): Promise<Manifest> {
  const manifest = await readManifest(work.backup);
  schemaOf(manifest, work.program);
  await checkRows(work, manifest);
  for (const [index, { key }] of manifest.blobs.entries()) {
    work.signal.throwIfAborted();
    work.onProgress(`checking blobs: ${index + 1} of ${manifest.blobs.length}`);
    const found = await measureFile(blobFile(blobsOf(work.backup), key)).catch((error: unknown) => {
      throw brokenBlob(work.backup, key, error);
    });
    if (found.sha256 !== key) throw brokenBlob(work.backup, key);
  }
  return manifest;
}

function schemaOf(manifest: Manifest, program: string): readonly Migration[] {
  const known = new Set(migrations.map(({ id }) => id));
  if (manifest.migrations.every((id) => known.has(id))) return migrations.filter(({ id }) => manifest.migrations.includes(id));
  throw new PlatformError(
    "data-schema-newer",
    `The backup has schema ${manifest.schema}, made by lambent ${manifest.lambent}; this is lambent ${program}, which knows schemas up to ${Math.max(...known)}. ` +
      `Restore it with lambent ${manifest.lambent} or newer.`,
  );
}

async function checkRows({ backup, onProgress, signal }: CheckWork, { tables }: Manifest): Promise<void> {
  for (const table of tables) {
    signal.throwIfAborted();
    onProgress(`checking ${table.name}`);
    const path = rowsFile(backup, table.name);
    const { bytes, sha256 } = await measureFile(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? unusable(`${backup} is incomplete: ${path} is missing.`, error) : error;
    });
    if (bytes !== table.bytes || sha256 !== table.sha256) throw unusable(`${backup} is damaged: ${path} has been changed.`);
  }
}

async function restoreBlobs({ backup, onProgress, signal }: RestoreWork, { blobs }: Manifest, to: Blobs): Promise<void> {
  let done = 0;
  await copyBlobs({
    keys: blobs.map(({ key }) => key),
    from: filesIn(blobsOf(backup)),
    to,
    signal,
    onCopy: () => onProgress(`blobs: ${++done} of ${blobs.length}`),
    broken: (key, cause) => brokenBlob(backup, key, cause),
  });
}

function brokenBlob(backup: string, key: string, cause?: unknown): PlatformError {
  return cause === undefined
    ? unusable(`${backup} is damaged: the blob ${key} is not what its name says.`)
    : unusable(`${backup} is incomplete: the blob ${key} is missing.`, cause);
}

async function restoreRows({ backup, onProgress, signal }: RestoreWork, { tables }: Manifest, to: RowSink): Promise<void> {
  for (const [index, table] of tables.entries()) {
    onProgress(`rows: ${table.name} (${index + 1} of ${tables.length} tables)`);
    await to.insert(withLostIds(table), readRows(rowsFile(backup, table.name), signal));
  }
}

function withLostIds(table: PortableTable): PortableTable {
  return table.name === "message" ? { ...table, lastId: (table.lastId ?? 0) + LOST_IDS } : table;
}
