// Makes the zips that are deployed. Equal files give equal bytes, so that an unchanged function is recognised by its hash.

import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { CommandFailure } from "../failure.ts";

/** AWS takes 50 MB of zip in a request (facts: limits). */
export const ZIP_BYTES_MAX = 52_428_800;

/** Never code, wherever it lies: version control, what Python leaves behind, and secrets in dot files. */
const LEFT_OUT = new Set([".git", ".hg", ".svn", ".DS_Store", "__pycache__", ".env"]);

/** Made beside the code by tools. Deeper down such a name may be part of a dependency. */
const LEFT_OUT_AT_TOP = new Set([".venv", ".lambent", "target"]);

/** The earliest time that a zip can carry; noon, so that no time zone moves it before 1980. */
const FIXED_TIME = new Date(1980, 0, 1, 12);

export interface ZipEntry {
  /** Path in the zip, with forward slashes. */
  readonly name: string;
  readonly file: string;
  readonly isExecutable: boolean;
}

/** Throws CommandFailure when the result is larger than AWS takes. */
export async function zipFiles(entries: readonly ZipEntry[]): Promise<Buffer> {
  const zip = new ZipFile();
  const failed = new Promise<never>((_, reject) => zip.on("error", reject));
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    zip.addFile(entry.file, entry.name, { mtime: FIXED_TIME, mode: entry.isExecutable ? 0o100755 : 0o100644 });
  }
  zip.end();
  const bytes = await Promise.race([buffer(zip.outputStream), failed]);
  if (bytes.length > ZIP_BYTES_MAX) {
    throw new CommandFailure(`The zip has ${bytes.length} bytes; a request may carry ${ZIP_BYTES_MAX} (50 MB). Leave something out.`);
  }
  return bytes;
}

/** Every file below a folder that belongs to its code. Links are followed to files, not to folders. */
export async function filesBelow(folder: string): Promise<readonly ZipEntry[]> {
  const found: ZipEntry[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file).split(sep).join("/");
    if (isLeftOut(name.split("/"))) continue;
    const info = await stat(file).catch(() => undefined);
    if (info?.isFile()) found.push({ name, file, isExecutable: (info.mode & 0o111) !== 0 });
  }
  return found;
}

function isLeftOut(parts: readonly string[]): boolean {
  return LEFT_OUT_AT_TOP.has(parts[0]!) || parts.some((part) => LEFT_OUT.has(part));
}
