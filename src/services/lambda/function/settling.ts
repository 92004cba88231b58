// After an answer that says Pending or InProgress the function settles: one more commit, Active and Successful with a new RevisionId.
// Whoever asks for the function meanwhile waits for it, so that the first GetFunction after a create or update already says Active: real
// tools wait in steps of seconds otherwise. Only calls that are under way at the same time ever see the state in between. On another node than
// the one that was asked they settle the function themselves: that one may have died.

import type { FunctionCatalogue } from "../../../functions/catalogue.ts";
import { type FunctionRecord, latestOf } from "../../../functions/function-record.ts";
import type { Random } from "../../../lib/random.ts";
import type { Database } from "../../../store/database.ts";
import { settleFunction } from "./function.procs.ts";

interface Parts {
  readonly database: Database;
  readonly catalogue: FunctionCatalogue;
  readonly random: Random;
  /** Hears why a function could not settle; the next call for it tries again, and so does the next start. */
  readonly onError: (error: unknown) => void;
}

interface Unsettled {
  readonly revision: string;
  work: Promise<void> | undefined;
}

export class Settling {
  readonly #parts: Parts;
  readonly #unsettled = new Map<number, Unsettled>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `revision` is the one just committed. */
  begin(functionId: number, revision: string): void {
    this.#unsettled.set(functionId, { revision, work: undefined });
    void this.#workOn(functionId);
  }

  /** undefined when there is nothing to wait for. Never rejects. */
  wait(record: FunctionRecord): Promise<void> | undefined {
    const { state, updateStatus, revisionId } = latestOf(record);
    const isSettled = state === "Active" && updateStatus === "Successful";
    if (!isSettled && !this.#unsettled.has(record.id)) this.begin(record.id, revisionId);
    return this.#workOn(record.id);
  }

  /** Waits for all that is under way: for an orderly end. */
  async close(): Promise<void> {
    await Promise.all([...this.#unsettled.keys()].map((id) => this.#workOn(id)));
  }

  #workOn(functionId: number): Promise<void> | undefined {
    const unsettled = this.#unsettled.get(functionId);
    if (unsettled === undefined) return undefined;
    unsettled.work ??= this.#settle(functionId, unsettled);
    return unsettled.work;
  }

  async #settle(functionId: number, unsettled: Unsettled): Promise<void> {
    const { database, catalogue, random, onError } = this.#parts;
    try {
      const change = await database.run(settleFunction, { functionId, revision: unsettled.revision, nextRevision: random.uuid() });
      if (change !== undefined) catalogue.apply(change);
      if (this.#unsettled.get(functionId) === unsettled) this.#unsettled.delete(functionId);
    } catch (error) {
      unsettled.work = undefined;
      onError(error);
    }
  }
}
