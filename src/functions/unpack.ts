// Unpacks a zip that a caller sent into an empty directory, and refuses whatever is not a plain tree of files. Runs in the unpack worker:
// it is synchronous wherever that is faster. Symbolic links are made last, so that no entry is ever written through one.

import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, readFileSync, symlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { type LinkTargets, staysInside } from "./link-target.ts";
import { Refusal } from "./unpack-refusal.ts";

export interface UnpackJob {
  readonly zip: string;
  /** An existing, empty directory. */
  readonly into: string;
  readonly unzippedBytesMax: number;
  readonly entriesMax: number;
}

export interface Unpacked {
  readonly unzippedBytes: number;
}

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644; // of entries that carry no Unix mode
const LINK_BYTES_MAX = 4_096;
const AT_ONCE_BYTES_MAX = 4 * 1024 * 1024;

export async function unpack(job: UnpackJob): Promise<Unpacked> {
  const bytes = readFileSync(job.zip); // 50 MB at most, and random access to it costs nothing
  try {
    const tree = new Tree(bytes, await fromBufferPromise(bytes), job);
    await tree.write();
    return { unzippedBytes: tree.unzippedBytes };
  } catch (error) {
    throw refusalOf(error);
  }
}

class Tree {
  readonly #bytesOfZip: Buffer;
  readonly #zip: ZipFile;
  readonly #job: UnpackJob;
  readonly #directories = new Map<string, number>(); // path in the zip → mode
  readonly #links = new Map<string, string>(); // path in the zip → target
  unzippedBytes = 0;

  constructor(bytes: Buffer, zip: ZipFile, job: UnpackJob) {
    this.#bytesOfZip = bytes;
    this.#zip = zip;
    this.#job = job;
  }

  async write(): Promise<void> {
    if (this.#zip.entryCount === 0) throw new Refusal("empty", "the zip has no entry");
    if (this.#zip.entryCount > this.#job.entriesMax) throw new Refusal("not-a-zip", `more than ${this.#job.entriesMax} entries`);
    this.#directories.set(".", DIRECTORY_MODE);
    for await (const entry of this.#zip.eachEntry()) await this.#entry(entry);
    this.#makeLinks();
    // Ours to enter and to delete again, whatever the zip says.
    for (const [path, mode] of this.#directories) chmodSync(join(this.#job.into, path), mode | 0o700);
  }

  async #entry(entry: Entry): Promise<void> {
    const path = entry.fileName.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
    switch (kindOf(entry)) {
      case "directory":
        return this.#directory(path, modeOf(entry, DIRECTORY_MODE));
      case "link":
        this.#directory(dirname(path));
        return void this.#links.set(path, await this.#text(entry));
      case "file":
        this.#directory(dirname(path));
        return this.#file(entry, join(this.#job.into, path));
      default:
        throw new Refusal("not-a-zip", `${path} is neither a file, a directory nor a link`);
    }
  }

  #directory(path: string, mode?: number): void {
    if (path === "" || path === ".") return;
    if (!this.#directories.has(path)) {
      this.#directory(dirname(path));
      mkdirSync(join(this.#job.into, path));
      this.#directories.set(path, DIRECTORY_MODE);
    }
    if (mode !== undefined) this.#directories.set(path, mode);
  }

  async #file(entry: Entry, to: string): Promise<void> {
    const fd = openSync(to, "w", 0o600);
    try {
      await this.#bytes(entry, (bytes) => writeAll(fd, bytes));
      fchmodSync(fd, modeOf(entry, FILE_MODE));
    } finally {
      closeSync(fd);
    }
  }

  async #text(entry: Entry): Promise<string> {
    if (entry.uncompressedSize > LINK_BYTES_MAX) throw new Refusal("not-a-zip", `${entry.fileName} points too far`);
    const parts: Buffer[] = [];
    await this.#bytes(entry, (bytes) => void parts.push(bytes));
    return Buffer.concat(parts).toString("utf8");
  }

  // What the zip says of sizes is not believed: the limit holds for the bytes that come out.
  async #bytes(entry: Entry, take: (bytes: Buffer) => void): Promise<void> {
    let checksum = 0;
    for await (const bytes of this.#slices(entry)) {
      this.unzippedBytes += bytes.length;
      if (this.unzippedBytes > this.#job.unzippedBytesMax) throw new Refusal("too-large", `more than ${this.#job.unzippedBytesMax} bytes`);
      checksum = crc32(bytes, checksum);
      take(bytes);
    }
    if (checksum !== entry.crc32) throw new Refusal("not-a-zip", `${entry.fileName} has another checksum`);
  }

  // A stream costs more than most files of a package are large: small ones are inflated in one go.
  async *#slices(entry: Entry): AsyncIterable<Buffer> {
    if (!entry.canDecodeFileData()) throw new Refusal("not-a-zip", `${entry.fileName} is encrypted or compressed in another way`);
    if (entry.uncompressedSize > AT_ONCE_BYTES_MAX) return yield* await this.#zip.openReadStreamPromise(entry);
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const stored = this.#bytesOfZip.subarray(fileDataStart, fileDataStart + entry.compressedSize);
    const inflated = entry.compressionMethod === 0 ? stored : inflateRawSync(stored, { maxOutputLength: entry.uncompressedSize || 1 });
    if (inflated.length !== entry.uncompressedSize) throw new Refusal("not-a-zip", `${entry.fileName} has another size`);
    yield inflated;
  }

  #makeLinks(): void {
    const targets: LinkTargets = this.#links;
    for (const [path, target] of this.#links) {
      if (!staysInside(path, targets)) throw new Refusal("not-a-zip", `${path} points outside of the zip`);
      symlinkSync(target, join(this.#job.into, path));
    }
  }
}

// Upper half of the external attributes: st_mode, if a Unix system made the zip. https://libzip.org/specifications/extrafld.txt
function unixMode(entry: Entry): number {
  return entry.externalFileAttributes >>> 16;
}

function modeOf(entry: Entry, fallback: number): number {
  return unixMode(entry) === 0 ? fallback : unixMode(entry) & 0o777;
}

function kindOf(entry: Entry): "file" | "directory" | "link" | "other" {
  const format = unixMode(entry) & 0o170000;
  if (format === 0o120000) return "link";
  if (format === 0o040000 || entry.fileName.endsWith("/")) return "directory";
  return format === 0o100000 || format === 0 ? "file" : "other";
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** Errors of the machine, as opposed to those that a name or a tree in the zip provokes. */
const OURS = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EROFS", "EACCES", "EPERM"]);

function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== undefined && OURS.has(code)) return error;
  return new Refusal("not-a-zip", error instanceof Error ? error.message : String(error), error);
}
