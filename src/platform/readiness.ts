// Whether callers should be sent to this server: its store answers, it is a member of its cluster, and it has not been told to stop.

import { setTimeout as delay } from "node:timers/promises";
import type { Missing } from "../gateway/health-routes.ts";
import { answers } from "../store/answers.procs.ts";
import type { Database } from "../store/database.ts";

/** Below what probes wait for an answer; a database that takes longer fails its callers too. */
const STORE_MS_MAX = 2_000;

/** Whoever asks may be anybody: where the store is, and why it fails, stands in the log. */
const REASONS = {
  willingness: "This server has been told to stop.",
  membership: "This node is no member of its cluster: it could not renew its row in the database.",
  store: `The store did not answer within ${STORE_MS_MAX / 1_000} s, or with an error that this server's log has.`,
} as const satisfies Record<Missing["what"], string>;

export interface ReadinessParts {
  readonly database: Pick<Database, "read">;
  /** Absent: this server is alone. */
  readonly membership: { readonly isMember: boolean } | undefined;
  readonly warn: (message: string, error: unknown) => void;
}

export class Readiness {
  readonly #parts: ReadinessParts;
  #isStopping = false;
  /** One question to the store at a time, however many ask. */
  #asking: Promise<boolean> | undefined;
  #hasWarned = false;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Empty: ready. Never rejects. */
  async missing(): Promise<readonly Missing[]> {
    const overdue = delay(STORE_MS_MAX, false, { ref: false });
    const hasStore = await Promise.race([this.#askStore(), overdue]);
    const isMember = this.#parts.membership?.isMember ?? true;
    const holds = { willingness: !this.#isStopping, membership: isMember, store: hasStore };
    const whats = Object.keys(REASONS) as Missing["what"][];
    return whats.filter((what) => !holds[what]).map((what) => ({ what, message: REASONS[what] }));
  }

  /** Callers still come for `ms`, and are answered: load balancers need a moment to send them elsewhere. */
  async stop(ms: number): Promise<void> {
    this.#isStopping = true;
    if (ms > 0) await delay(ms);
  }

  #askStore(): Promise<boolean> {
    this.#asking ??= this.#parts.database
      .read(answers, null)
      .then(
        () => this.#heard(),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #heard(): boolean {
    this.#hasWarned = false;
    return true;
  }

  /** Probes come every few seconds: once is enough. */
  #failed(error: unknown): boolean {
    if (!this.#hasWarned) this.#parts.warn("This server is not ready: its store does not answer", error);
    this.#hasWarned = true;
    return false;
  }
}
