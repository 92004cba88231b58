// Keeps the catalogue in step with what other nodes commit. Every change has a number, and those behind the last one seen are read: a wake-up
// says that it is time to, and a number that came another way (a heartbeat, another node's question) catches wake-ups that were missed.

import { CHANGE_TOPIC } from "../store/change-number.ts";
import { type Database, EVERY_TOPIC } from "../store/database.ts";
import { changedFunctions } from "./catalogue.procs.ts";
import type { FunctionCatalogue } from "./catalogue.ts";

const PORTION = 50;

export class CatalogueSync {
  readonly #database: Database;
  readonly #catalogue: FunctionCatalogue;
  readonly #stopListening: () => void;
  readonly #listeners: (() => void | Promise<void>)[] = [];
  #version: number;
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `onError`: a wake-up could not be followed; the next question tries again. */
  constructor(database: Database, catalogue: FunctionCatalogue, onError: (error: unknown) => void) {
    this.#database = database;
    this.#catalogue = catalogue;
    this.#version = catalogue.loadedVersion;
    this.#stopListening = database.onWake((topic) => {
      if (topic === CHANGE_TOPIC || topic === EVERY_TOPIC) this.read().catch(onError);
    });
  }

  /** Everything up to it is in the catalogue. */
  get version(): number {
    return this.#version;
  }

  /** Called after changes were read: what is remembered beside the catalogue may be out of date. It is not followed before the promise resolves. */
  onRead(listener: () => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  /** Resolves when the catalogue has what was committed before this call. Rejects with StoreError. */
  read(): Promise<void> {
    if (this.#reading === undefined) return this.#begin();
    this.#next ??= this.#reading.catch(() => {}).then(() => this.#begin());
    return this.#next;
  }

  /** Resolves when the catalogue has everything up to `version`, which must be committed. */
  async reach(version: number): Promise<void> {
    if (this.#version < version) await this.read();
  }

  close(): void {
    this.#stopListening();
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#reading = this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const { changes, upTo } = await this.#database.read(changedFunctions, { version: this.#version, functionsMax: PORTION });
      for (const change of changes) this.#catalogue.take(change);
      const version = Math.max(this.#version, upTo ?? changes.at(-1)?.function.changed_in ?? 0);
      if (version > this.#version) await Promise.all(this.#listeners.map((listener) => listener()));
      this.#version = version;
      if (upTo !== undefined) return;
    }
  }
}
