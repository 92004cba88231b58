// Carries message moves on: one node has the task of it, and goes on with what another has left.

import type { Database } from "../store/database.ts";
import type { RoleLeases } from "../store/roles/role-leases.ts";
import { activeMoves, carryOnMove, MOVES_TOPIC, type MoveTask } from "./move-tasks.procs.ts";

const PORTION_MAX = 100;
const RETRY_MS = 1_000;
/** Portions of a limited task are this far apart. */
const PACE_MS = 100;

export interface MessageMoverParts {
  readonly database: Database;
  readonly roles: RoleLeases;
  readonly bus: { subscribe(topic: string, listener: () => void): () => void };
  readonly warn: (sentence: string, cause: unknown) => void;
}

export class MessageMover {
  readonly #parts: MessageMoverParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #endings = new AbortController();
  readonly #stopListening: () => void;
  readonly #role: { readonly fence: number | undefined; release(): Promise<void> };

  constructor(parts: MessageMoverParts) {
    this.#parts = parts;
    this.#stopListening = parts.bus.subscribe(MOVES_TOPIC, () => void this.#look());
    this.#role = parts.roles.want("sqs.message-moves", { held: () => void this.#look(), lost: () => {} });
  }

  async close(): Promise<void> {
    this.#endings.abort();
    this.#stopListening();
    await Promise.all(this.#running.values());
    await this.#role.release();
  }

  get #mayMove(): boolean {
    return this.#role.fence !== undefined && !this.#endings.signal.aborted;
  }

  async #look(): Promise<void> {
    if (!this.#mayMove) return;
    try {
      for (const task of await this.#parts.database.read(activeMoves, null)) this.#start(task);
    } catch (cause) {
      this.#parts.warn("Message moves could not be looked for", cause);
      if (await this.#pause(RETRY_MS)) void this.#look();
    }
  }

  #start(task: MoveTask): void {
    if (this.#running.has(task.id) || !this.#mayMove) return;
    const work = this.#carryOn(task).finally(() => this.#running.delete(task.id));
    this.#running.set(task.id, work);
  }

  async #carryOn({ id, per_second: perSecond }: MoveTask): Promise<void> {
    const limit = perSecond === null ? PORTION_MAX : Math.max(1, Math.floor((perSecond * PACE_MS) / 1_000));
    const pauseMs = perSecond === null ? 0 : (limit * 1_000) / perSecond;
    while (this.#mayMove) {
      try {
        const outcome = await this.#parts.database.run(carryOnMove, { id, nowMs: this.#parts.database.nowMs(), limit });
        if (outcome === "over") return;
        if (pauseMs > 0) await this.#pause(pauseMs);
      } catch (cause) {
        this.#parts.warn(`The message move ${id} waits for the store`, cause);
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** False: it ended early, because all ends. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#endings;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const end = (isOver: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        resolve(isOver);
      };
      const stop = () => end(false);
      const timer = setTimeout(() => end(true), ms);
      signal.addEventListener("abort", stop);
    });
  }
}
