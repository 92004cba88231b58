// Blobs as objects of a bucket that all nodes reach. Discipline: every put writes an object of its own, PREFIX/ab/<sha256>.<random>, and only
// deletes look at ages. So a delete, which names the objects that it has seen, never takes what another node puts meanwhile: S3 cannot
// delete "if nobody has written since". Objects of one key are equal; a put removes those that its own makes superfluous.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Random } from "../lib/random.ts";
import { nameOf, type S3Place } from "../lib/s3-place.ts";
import { BlobCache } from "./blob-cache.ts";
import { type BlobRef, type Blobs, type BlobsMark, YOUNG_MS } from "./blobs.ts";
import { damaged } from "./blobs-files.ts";
import { OWNER_NAME } from "./blobs-owner.ts";
import { StoreError } from "./database.ts";
import type { Variables } from "./s3/credentials.ts";
import { S3Client, type S3Object, type S3Page } from "./s3/s3-client.ts";

export interface S3BlobsOptions {
  readonly place: S3Place;
  /** The process's environment: AWS's own variables name the keys. */
  readonly variables: Variables;
  /** Of this machine alone; emptied. */
  readonly cacheDirectory: string;
  readonly random: Random;
  /** Tests shorten it. */
  readonly youngMs?: number;
}

/** As the names of objects begin with a key that is in a directory too: what lay there may be copied here. */
const OBJECT = /^[0-9a-f]{2}\/([0-9a-f]{64})(?:\.[0-9a-f]+)?$/;
/** Objects of one key come and go by puts; another look finds those that are there now. */
const LOOKS_MAX = 3;
const DELETES_AT_ONCE = 16;

/** Throws PlatformError "blobs-unreachable" or "blobs-refused" when the bucket cannot be listed. */
export async function openS3Blobs(options: S3BlobsOptions): Promise<Blobs> {
  const client = new S3Client(options.place, options.variables, options.random);
  const [cache] = await Promise.all([BlobCache.open(options.cacheDirectory), client.list("", { max: 1 })]);
  return new S3Blobs(client, cache, options);
}

class S3Blobs implements Blobs {
  readonly #client: S3Client;
  readonly #cache: BlobCache;
  readonly #options: S3BlobsOptions;
  readonly #fetches = new Map<string, Promise<string>>();

  constructor(client: S3Client, cache: BlobCache, options: S3BlobsOptions) {
    this.#client = client;
    this.#cache = cache;
    this.#options = options;
  }

  /** Written here first: the request is signed with the hash of what it sends, and the service checks that. */
  async put(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const ref = await this.#cache.add(data);
    const path = await this.#cache.find(ref.key);
    if (path === undefined) throw new StoreError("unavailable", `${ref.key} was removed from the cache while it was put`);
    const before = this.#client.list(startOf(ref.key)).catch(() => undefined);
    const name = `${startOf(ref.key)}.${this.#options.random.hex(8)}`;
    await this.#client.put(name, { ...ref, open: () => createReadStream(path) });
    await this.#removeOld(await before, name).catch(() => {}); // the next put or the last delete does it
    return ref;
  }

  async get(key: string, range?: { readonly start: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>> {
    await this.file(key);
    return this.#cache.read(key, range);
  }

  async file(key: string): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new StoreError("bug", `${JSON.stringify(key)} is no blob key`);
    const cached = await this.#cache.find(key);
    if (cached !== undefined) return cached;
    const known = this.#fetches.get(key);
    if (known !== undefined) return known;
    const fetching = this.#fetch(key).finally(() => this.#fetches.delete(key));
    this.#fetches.set(key, fetching);
    return fetching;
  }

  async delete(keys: readonly string[]): Promise<readonly string[]> {
    const gone: string[] = [];
    for (let at = 0; at < keys.length; at += DELETES_AT_ONCE) {
      const removals = keys.slice(at, at + DELETES_AT_ONCE).map(async (key) => {
        if (await this.#removeOld(await this.#client.list(startOf(key)))) gone.push(key);
      });
      await Promise.all(removals);
    }
    return gone;
  }

  async *keys(): AsyncGenerator<readonly string[]> {
    let after: string | undefined;
    do {
      const { objects, next } = await this.#client.list("", { ...(after !== undefined && { after }) });
      const keys = objects.flatMap(({ name }) => OBJECT.exec(name)?.[1] ?? []);
      yield [...new Set(keys)];
      after = next;
    } while (after !== undefined);
  }

  get mark(): BlobsMark {
    return {
      place: nameOf(this.#options.place),
      read: () => this.#client.get(OWNER_NAME, async (bytes) => Buffer.concat(await bytes.toArray()).toString()),
      write: async (id) => {
        const sha256 = createHash("sha256").update(id).digest("hex");
        await this.#client.put(OWNER_NAME, { size: Buffer.byteLength(id), sha256, open: () => id }, { ifAbsent: true });
      },
    };
  }

  /** From whichever object of the key has the bytes that were put. */
  async #fetch(key: string): Promise<string> {
    let isDamaged = false;
    for (let look = 0; look < LOOKS_MAX; look++) {
      const { objects } = await this.#client.list(startOf(key));
      for (const { name } of objects) {
        const ref = await this.#client.get(name, (bytes) => this.#cache.add(bytes));
        const path = ref?.key === key ? await this.#cache.find(key) : undefined;
        if (path !== undefined) return path;
        isDamaged ||= ref !== undefined;
      }
      if (objects.length === 0) break;
    }
    if (isDamaged) throw damaged(`${key} in ${nameOf(this.#options.place)}`);
    throw new StoreError("unavailable", `there is no blob ${key}`);
  }

  /** True: none is left. The page is of one key; `kept` stays whatever its age. */
  async #removeOld(page: S3Page | undefined, kept?: string): Promise<boolean> {
    if (page === undefined) return false;
    const { youngMs = YOUNG_MS } = this.#options;
    const isOld = ({ name, modifiedMs }: S3Object) => name !== kept && modifiedMs <= page.nowMs - youngMs;
    const old = page.objects.filter(isOld);
    for (const { name } of old) await this.#client.remove(name);
    return old.length === page.objects.length && page.next === undefined;
  }
}

function startOf(key: string): string {
  return `${key.slice(0, 2)}/${key}`;
}
