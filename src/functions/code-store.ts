// Functions' code on this node: the zip in the blob store is the truth, its unpacked tree under DIR/code/<sha256 of the zip> a copy that
// appears whole (written aside, renamed) and can be made again at any time. So do layers: each is unpacked like code, and what a function
// sees at /opt is one more tree, merged from them.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ServiceError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { Blobs } from "../store/blobs.ts";
import type { Limits } from "./limits.ts";
import type { CodeReference } from "./settings.ts";
import { Refusal, type RefusalReason } from "./unpack-refusal.ts";
import { Unpacker } from "./unpacker.ts";

export interface CodeStoreParts {
  /** DIR/code: nobody else writes there. */
  readonly directory: string;
  readonly blobs: Blobs;
  readonly limits: Limits;
  readonly random: Random;
}

const ASIDE = ".aside-";
const BOOT_FILE = ".boot-id";
const TREE = /^[0-9a-f]{64}$/;
const SWEEP_MS = 30 * 60_000;

export class CodeStore {
  readonly #parts: CodeStoreParts;
  readonly #unpacker = new Unpacker();
  /** Blob key → its directory, or the work that makes it. */
  readonly #directories = new Map<string, Promise<string>>();

  /** Found without a version at the last sweep, and not asked for since. */
  #unused: Set<string> = new Set();
  #nextSweepMs = 0;

  private constructor(parts: CodeStoreParts) {
    this.#parts = parts;
  }

  /** `inUse` are the trees that versions run: other trees, and halves that a killed predecessor left, are removed. */
  static async open(parts: CodeStoreParts, inUse: ReadonlySet<string>): Promise<CodeStore> {
    const { directory } = parts;
    await mkdir(directory, { recursive: true });
    const isSameBoot = await isOfThisBoot(directory);
    for (const entry of await readdir(directory)) {
      const isKept = isSameBoot && (entry === BOOT_FILE || inUse.has(entry));
      if (!isKept) await rm(join(directory, entry), { recursive: true, force: true });
    }
    if (!isSameBoot) await writeFile(join(directory, BOOT_FILE), (await bootId()) ?? "");
    return new CodeStore(parts);
  }

  /**
   * Keeps a zip that a caller sent, and unpacks it. Durable when it resolves, but removed in time unless a row names its key.
   * Throws AWS's ServiceErrors when the zip is at fault, PlatformError "code-store-failed" when this machine is; `refused` is then told the
   * key of what was kept in vain.
   */
  async admit(zip: Uint8Array, refused: (key: string) => Promise<void>): Promise<CodeReference> {
    const { zipBytesMax } = this.#parts.limits;
    if (zip.byteLength > zipBytesMax) {
      throw new ServiceError("RequestEntityTooLargeException", 413, `Zipped size must be smaller than ${zipBytesMax} bytes`);
    }
    if (zip.byteLength === 0) throw this.#refusal("empty");
    const { key, sha256, size } = await this.#parts.blobs.put(zip);
    try {
      await this.directory(key);
    } catch (error) {
      if (error instanceof Refusal) {
        await refused(key);
        throw this.#refusal(error.reason, error);
      }
      await refused(key).catch(() => undefined); // on a full disk this fails too: then the next start finds the zip without a row
      throw error;
    }
    return { key, size, sha256: Buffer.from(sha256, "hex").toString("base64") };
  }

  /** Where the code with this blob key lies unpacked: unpacked now, if it is not there yet. The caller only reads it. */
  directory(key: string): Promise<string> {
    return this.#tree(key, (into) => this.#unpack(key, into));
  }

  /** Where the layers with these blob keys, at least one, lie merged in this order: /opt of a function. The caller only reads it. */
  layers(keys: readonly string[]): Promise<string> {
    return this.#tree(mergedTree(keys), async (into) => {
      await this.#unpacker.run({ layers: await Promise.all(keys.map((key) => this.directory(key))), into });
    });
  }

  /** How large the content of the zip with this blob key is, as AWS counts it. */
  async unzippedBytes(key: string): Promise<number> {
    return (await this.#unpacker.run({ tree: await this.directory(key) })).unzippedBytes;
  }

  /**
   * Removes trees that no version has named since the last sweep, at most once in SWEEP_MS. To be called when new code arrives: only then
   * there are more. What an environment still runs is younger than that: nothing runs for longer than 15 minutes.
   */
  async sweepIfDue(nowMs: number, inUse: () => ReadonlySet<string>): Promise<void> {
    if (nowMs < this.#nextSweepMs) return;
    this.#nextSweepMs = nowMs + SWEEP_MS;
    const used = inUse();
    const unused = (await readdir(this.#parts.directory)).filter((name) => TREE.test(name) && !used.has(name));
    const before = this.#unused;
    this.#unused = new Set(unused.filter((key) => !before.has(key)));
    for (const key of unused) if (before.has(key)) await this.#remove(key);
  }

  async close(): Promise<void> {
    await this.#unpacker.close();
  }

  /** The tree of this name: made now, if it is not there yet. */
  #tree(name: string, make: (into: string) => Promise<void>): Promise<string> {
    this.#unused.delete(name);
    const known = this.#directories.get(name);
    if (known !== undefined) return known;
    const made = this.#provide(name, make);
    this.#directories.set(name, made);
    made.catch(() => this.#directories.delete(name));
    return made;
  }

  async #provide(name: string, make: (into: string) => Promise<void>): Promise<string> {
    const { directory, random } = this.#parts;
    const place = join(directory, name);
    if (await isDirectory(place)) return place;
    const aside = join(directory, `${ASIDE}${random.hex(8)}`);
    await mkdir(aside, { mode: 0o755 });
    try {
      await make(aside);
      await rename(aside, place);
      return place;
    } catch (error) {
      await rm(aside, { recursive: true, force: true });
      throw error;
    }
  }

  async #unpack(key: string, into: string): Promise<void> {
    const { blobs, limits } = this.#parts;
    const { unzippedBytesMax, zipEntriesMax } = limits;
    await this.#unpacker.run({ zip: await blobs.file(key), into, unzippedBytesMax, entriesMax: zipEntriesMax });
  }

  async #remove(key: string): Promise<void> {
    this.#directories.delete(key);
    // Aside first: whoever asks for the key meanwhile finds the whole tree or none.
    const aside = join(this.#parts.directory, `${ASIDE}${this.#parts.random.hex(8)}`);
    await rename(join(this.#parts.directory, key), aside);
    await rm(aside, { recursive: true, force: true });
  }

  #refusal(reason: RefusalReason, cause?: unknown): ServiceError {
    const texts: Record<RefusalReason, string> = {
      "not-a-zip": "Could not unzip uploaded file. Please check your file, then try to upload again.",
      empty: "Uploaded file must be a non-empty zip",
      "too-large": `Unzipped size must be smaller than ${this.#parts.limits.unzippedBytesMax} bytes`,
    };
    return new ServiceError("InvalidParameterValueException", 400, texts[reason], { cause });
  }
}

/** Its name among the trees: like a blob's key, and never one. */
export function mergedTree(keys: readonly string[]): string {
  return createHash("sha256")
    .update(`layers ${keys.join(" ")}`)
    .digest("hex");
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

// Trees are not flushed to disk, file by file: that is slow, and they can be made again. They outlive a killed process, but after a crash of
// the machine a file may be cut short: so trees of another boot of the machine are not trusted. Without a boot id (macOS) none is.
async function isOfThisBoot(directory: string): Promise<boolean> {
  const now = await bootId();
  const then = await readFile(join(directory, BOOT_FILE), "utf8").catch(() => undefined);
  return now !== undefined && now === then;
}

function bootId(): Promise<string | undefined> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined);
}
