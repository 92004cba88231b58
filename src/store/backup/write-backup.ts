// Makes a backup: rows first, in one snapshot, then the blobs that they name. A blob whose last row goes meanwhile stays for an hour (garbage.procs.ts),
// so it is there to be copied; one that is gone all the same fails the backup by name. Nothing has the backup's name before it is whole and on disk.

import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlatformError } from "../../lib/errors.ts";
import { blobColumns } from "../blob-columns.ts";
import { flushDirectory, openFileBlobs } from "../blobs-files.ts";
import type { BlobSource } from "./blob-places.ts";
import { copyBlobs } from "./copy-blobs.ts";
import { blobsOf, type Manifest, manifestOf, rowsFile, type SavedBlob, type SavedTable, writeManifest } from "./manifest.ts";
import { writeRows } from "./row-files.ts";
import type { RowSource } from "./row-source.ts";

export interface BackupWork {
  /** Closed at the end, also when it fails. */
  readonly rows: RowSource;
  readonly blobs: BlobSource;
  /** Must not be there yet, or be an empty directory. */
  readonly destination: string;
  /** Version of this program. */
  readonly program: string;
  /** A moment before the snapshot of the rows: what was acknowledged before it is in the backup. */
  readonly takenAtMs: number;
  /** What is being done, for people. */
  onProgress(text: string): void;
  /** Ends it; nothing is left then. */
  readonly signal: AbortSignal;
}

/** Throws PlatformError "backup-failed" when the destination is taken or a blob has gone, and whatever disk and database throw. */
export async function writeBackup(work: BackupWork): Promise<Manifest> {
  const aside = `${work.destination}.incomplete`;
  try {
    await refuseTaken(work.destination);
    await makeDirectory(aside);
  } catch (error) {
    await work.rows.close();
    throw error;
  }
  try {
    const manifest = await fill(aside, work).finally(() => work.rows.close());
    await rename(aside, work.destination);
    await flushDirectory(dirname(work.destination));
    return manifest;
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function refuseTaken(destination: string): Promise<void> {
  const there = await readdir(destination).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (there.length > 0)
    throw new PlatformError(
      "backup-failed",
      `${destination} is not empty. Give every backup a new directory, for instance one with the date.`,
    );
}

async function makeDirectory(aside: string): Promise<void> {
  await mkdir(dirname(aside), { recursive: true });
  await mkdir(aside, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
    const message = `${aside} is in the way: another backup is being written there, or one was broken off. Remove it if none is running.`;
    throw new PlatformError("backup-failed", message, { cause: error });
  });
}

async function fill(aside: string, work: BackupWork): Promise<Manifest> {
  const takenAt = new Date(work.takenAtMs).toISOString();
  const tables = await saveRows(aside, work);
  const blobs = await saveBlobs(aside, work);
  const { rows, program } = work;
  const manifest = manifestOf({ lambent: program, dialect: rows.dialect, migrations: rows.migrations, takenAt, tables, blobs });
  await flushDirectory(join(aside, "rows"));
  await writeManifest(aside, manifest);
  await flushDirectory(aside);
  return manifest;
}

async function saveRows(aside: string, { rows, onProgress, signal }: BackupWork): Promise<readonly SavedTable[]> {
  await mkdir(join(aside, "rows"), { mode: 0o700 });
  const saved: SavedTable[] = [];
  for (const table of rows.tables) {
    onProgress(`rows: ${table.name} (${saved.length + 1} of ${rows.tables.length} tables)`);
    saved.push({ ...table, ...(await writeRows(rowsFile(aside, table.name), rows.rows(table), signal)) });
  }
  return saved;
}

async function saveBlobs(aside: string, { rows, blobs, onProgress, signal }: BackupWork): Promise<readonly SavedBlob[]> {
  const keys = await namedBlobs(rows);
  const saved: SavedBlob[] = [];
  const to = await openFileBlobs(blobsOf(aside), { flush: true });
  await copyBlobs({
    keys,
    from: blobs,
    to,
    signal,
    onCopy(blob) {
      saved.push(blob);
      onProgress(`blobs: ${saved.length} of ${keys.length}`);
    },
    broken: (key, cause) => blobGone(key, blobs.place, cause),
  });
  await rm(join(blobsOf(aside), "incoming"), { recursive: true });
  return saved.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** An older schema has fewer columns that name blobs. */
async function namedBlobs(rows: RowSource): Promise<readonly string[]> {
  const named = new Set<string>();
  for (const [table, column] of blobColumns) {
    const isThere = rows.tables.some(({ name, columns }) => name === table && columns.includes(column));
    if (isThere) for (const key of await rows.distinct(table, column)) named.add(key);
  }
  return [...named];
}

function blobGone(key: string, place: string, cause: unknown): PlatformError {
  const what = cause === undefined ? "is damaged" : "is not there";
  return new PlatformError("backup-failed", `A row names the blob ${key}, which ${what} in ${place}. Is that the server's --blobs?`, {
    cause,
  });
}
