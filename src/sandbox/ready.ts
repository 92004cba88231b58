// Stems made before they are needed: what a cold start then costs is the start of the function alone.
// A pool per shape; it fills again in a quiet moment, so as not to compete with the burst that emptied it.

import type { SandboxDriver, Shape, Stem } from "./sandbox.ts";

/** How long nobody must have taken a stem before new ones are made; and after which time they are made in any case. */
const QUIET_MS = 25;
const QUIET_WAIT_MS_MAX = 500;
/** A shape that nobody asked for in this time gives its stems up: early runtimes hold 5 to 11 MB each. */
const UNUSED_MS_MAX = 10 * 60_000;

export interface ReadyStemsOptions {
  readonly driver: Pick<SandboxDriver, "prepare">;
  /** Stems kept per shape; 0 makes each on demand. */
  readonly size: number;
  /** A stem that could not be made in the background: the next taker will meet the same and report it to its caller. */
  readonly warn: (message: string, error: unknown) => void;
}

interface Pool {
  readonly shape: Shape;
  stems: Stem[];
  making: number;
  takenAtMs: number;
  wantedSinceMs: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class ReadyStems {
  readonly #options: ReadyStemsOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #making = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ReadyStemsOptions) {
    this.#options = options;
  }

  /** A ready stem if there is one, else one made now. As SandboxDriver.prepare: the caller starts or discards it. */
  async prepare(shape: Shape, signal?: AbortSignal): Promise<Stem> {
    const pool = this.#poolFor(shape);
    pool.takenAtMs = performance.now();
    const stem = takeReady(pool);
    this.#fillLater(pool);
    return stem ?? (await this.#options.driver.prepare(shape, signal));
  }

  /** Fills the pools of these shapes; resolves when they are full. */
  async warm(shapes: readonly Shape[]): Promise<void> {
    await Promise.all(shapes.map((shape) => this.#fill(this.#poolFor(shape))));
  }

  /** How many stems wait, over all shapes. */
  get count(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.stems.length, 0);
  }

  /** Discards what is ready and what is being made; the driver itself stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const pool of this.#pools.values()) clearTimeout(pool.timer);
    await Promise.all(this.#making);
    await Promise.all([...this.#pools.values()].map(empty));
    this.#pools.clear();
  }

  #poolFor(shape: Shape): Pool {
    const key = JSON.stringify(shape);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool: Pool = { shape, stems: [], making: 0, takenAtMs: performance.now(), wantedSinceMs: undefined, timer: undefined };
    this.#pools.set(key, pool);
    return pool;
  }

  #fillLater(pool: Pool): void {
    if (this.#isClosed || this.#options.size === 0) return;
    pool.wantedSinceMs ??= performance.now();
    const waitedMs = performance.now() - pool.wantedSinceMs;
    clearTimeout(pool.timer);
    pool.timer = setTimeout(() => void this.#fill(pool), Math.max(0, Math.min(QUIET_MS, QUIET_WAIT_MS_MAX - waitedMs))).unref();
  }

  async #fill(pool: Pool): Promise<void> {
    pool.wantedSinceMs = undefined;
    clearTimeout(pool.timer);
    const missing = this.#options.size - pool.stems.length - pool.making;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#makeOne(pool)));
    if (!this.#isClosed) pool.timer = setTimeout(() => this.#giveUpUnused(pool), UNUSED_MS_MAX).unref();
  }

  async #makeOne(pool: Pool): Promise<void> {
    pool.making += 1;
    const made = this.#options.driver
      .prepare(pool.shape)
      .then(
        (stem) => (this.#isClosed ? stem.discard() : void pool.stems.push(stem)),
        (error: unknown) => this.#options.warn("A sandbox could not be made ready", error),
      )
      .finally(() => {
        pool.making -= 1;
        this.#making.delete(made);
      });
    this.#making.add(made);
    await made;
  }

  #giveUpUnused(pool: Pool): void {
    if (performance.now() - pool.takenAtMs < UNUSED_MS_MAX) return;
    void empty(pool).catch((error: unknown) => this.#options.warn("A ready sandbox could not be discarded", error));
  }
}

/** The oldest one that is still good: one may have died while it waited. */
function takeReady(pool: Pool): Stem | undefined {
  for (;;) {
    const stem = pool.stems.shift();
    if (stem === undefined || stem.isReady) return stem;
  }
}

async function empty(pool: Pool): Promise<void> {
  await Promise.all(pool.stems.splice(0).map((stem) => stem.discard()));
}
