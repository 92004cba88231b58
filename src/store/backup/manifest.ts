// manifest.json: what a backup is made of. Written last, so that a backup without it is one that was broken off.
//
//   BACKUP/manifest.json         this
//   BACKUP/rows/TABLE.jsonl.gz   one file a table (row-files.ts)
//   BACKUP/blobs/ab/ab12…        content-addressed, as in a data directory

import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "../../lib/errors.ts";
import type { RowFile } from "./row-files.ts";
import type { PortableTable } from "./row-source.ts";

const NAME = "manifest.json";
const FORMAT = "lambent-backup";
/** Grows when an older program could not restore what a newer one writes. */
const FORMAT_VERSION = 1;

export interface SavedTable extends PortableTable, RowFile {}

export interface SavedBlob {
  readonly key: string;
  readonly bytes: number;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly formatVersion: number;
  /** Version of the program that made it. */
  readonly lambent: string;
  readonly dialect: "sqlite" | "postgres";
  /** The newest of `migrations`. */
  readonly schema: number;
  readonly migrations: readonly number[];
  /** What was acknowledged before this moment is in it. ISO 8601. */
  readonly takenAt: string;
  readonly tables: readonly SavedTable[];
  readonly blobs: readonly SavedBlob[];
}

export type ManifestFacts = Omit<Manifest, "format" | "formatVersion" | "schema">;

export function manifestOf(facts: ManifestFacts): Manifest {
  return { format: FORMAT, formatVersion: FORMAT_VERSION, ...facts, schema: Math.max(0, ...facts.migrations) };
}

export function rowsFile(backup: string, table: string): string {
  return join(backup, "rows", `${table}.jsonl.gz`);
}

export function blobsOf(backup: string): string {
  return join(backup, "blobs");
}

/** Rows and bytes of everything, for people. */
export function totalsOf({ tables, blobs }: Manifest) {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    rows: sum(tables.map(({ rows }) => rows)),
    blobs: blobs.length,
    bytes: sum([...tables, ...blobs].map(({ bytes }) => bytes)),
  };
}

/** On disk when it resolves. */
export async function writeManifest(backup: string, manifest: Manifest): Promise<void> {
  const file = await open(join(backup, NAME), "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...manifest, sha256: checksumOf(manifest) }, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Throws PlatformError "backup-unusable" for what is no backup, or not a whole one. */
export async function readManifest(backup: string): Promise<Manifest> {
  const text = await readFile(join(backup, NAME), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    throw unusable(`${backup} has no ${NAME}: it is no backup of lambent, or one that was broken off.`, error);
  });
  const { sha256, ...manifest } = parse(text, backup);
  if (manifest.format !== FORMAT) throw unusable(`${backup} is no backup of lambent: its ${NAME} is another program's.`);
  if (manifest.formatVersion !== FORMAT_VERSION) {
    throw unusable(
      `${backup} was made by lambent ${manifest.lambent}, in a format that this one does not know. Restore it with that version.`,
    );
  }
  if (sha256 !== checksumOf(manifest)) throw unusable(`${backup} is damaged: its ${NAME} has been changed.`);
  return manifest;
}

export function unusable(message: string, cause?: unknown): PlatformError {
  return new PlatformError("backup-unusable", message, { cause });
}

function parse(text: string, backup: string): Manifest & { readonly sha256?: string } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(`${backup} is damaged: its ${NAME} is no JSON.`, error);
  }
}

/** Of its JSON, whose members keep their order. */
function checksumOf(manifest: Manifest): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}
