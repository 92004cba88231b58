// Promotions at work: looks at those that run once a second, takes the steps that are due, and rolls back what does badly.
//
// Discipline: the alias is set first, to a state that follows from the row alone, and the row moves afterwards. A process that is killed in between
// sets the alias once more; whoever moves the row second changes nothing.

import type { Clock } from "../lib/clock.ts";
import { lambdaSeries } from "../metering/lambda-series.ts";
import { readMetrics } from "../metering/metrics.procs.ts";
import type { Database } from "../store/database.ts";
import { advancePromotion, endPromotion, type PromotionRow, runningPromotions } from "./promotion.procs.ts";
import { type Bounds, decide, type Health, type Seen, type Step } from "./promotion.ts";

const LOOK_MS = 1_000;
const MINUTE_MS = 60_000;

export interface AliasState {
  readonly version: string;
  readonly second: { readonly version: string; readonly weight: number } | undefined;
}

export type AliasPlace = Pick<PromotionRow, "account" | "region" | "name" | "alias">;

export interface PromotionParts {
  readonly database: Database;
  readonly clock: Clock;
  /** True: this node is the one that carries promotions out. */
  readonly isMine: () => boolean;
  /** What was measured until now is in the store once it resolves. */
  readonly flush: () => Promise<void>;
  /** undefined: there is no such alias. */
  readonly aliasOf: (place: AliasPlace) => AliasState | undefined;
  /** Durable once it resolves. */
  readonly setAlias: (place: AliasPlace, state: AliasState) => Promise<void>;
  /** What a shadow has seen of that version as candidate, if there is one. */
  readonly shadowOf: (row: PromotionRow) => Promise<Seen["shadow"]>;
  readonly onError: (error: unknown) => void;
}

export class Promotions {
  readonly #parts: PromotionParts;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(parts: PromotionParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(this.#parts.onError)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  /** At the operator's wish too. */
  async rollBack(row: PromotionRow, reason: string): Promise<void> {
    const { database, setAlias } = this.#parts;
    await setAlias(row, { version: row.from_version, second: undefined });
    await database.run(endPromotion, { id: row.id, state: "rolled-back", reason });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    if (!this.#parts.isMine()) return;
    const rows = await this.#parts.database.read(runningPromotions, null);
    if (rows.length > 0) await this.#parts.flush();
    for (const row of rows) await this.#carryOn(row);
  }

  async #carryOn(row: PromotionRow): Promise<void> {
    const { database, clock, aliasOf, setAlias } = this.#parts;
    const stranger = strangeness(row, aliasOf(row));
    if (stranger !== undefined) return database.run(endPromotion, { id: row.id, state: "stopped", reason: stranger });
    const [steps, bounds] = [JSON.parse(row.steps) as readonly Step[], JSON.parse(row.bounds) as Bounds];
    const nowMs = clock.nowMs();
    const decision = decide({ steps, bounds, step: row.step, dueAtMs: row.due_at }, await this.#seen(row, nowMs), nowMs);
    if (decision.kind === "roll-back") await this.rollBack(row, decision.reason);
    else if (decision.kind === "finish") await database.run(endPromotion, { id: row.id, state: "done", reason: "" });
    else if (decision.kind === "shift") {
      await setAlias(row, aliasAt(row, decision.step.weight));
      await database.run(advancePromotion, { id: row.id, step: row.step, dueAtMs: nowMs + decision.step.holdMs });
    }
  }

  async #seen(row: PromotionRow, nowMs: number): Promise<Seen> {
    const [old, now, shadow] = await Promise.all([
      this.#health(row, row.from_version, nowMs),
      this.#health(row, row.to_version, nowMs),
      this.#parts.shadowOf(row),
    ]);
    return { old, new: now, shadow };
  }

  /** Of the version as it was called through the alias. */
  async #health({ account, region, name, alias, started_at }: PromotionRow, version: string, nowMs: number): Promise<Health> {
    const dimensions = [["FunctionName", name] as const, ["Resource", `${name}:${alias}`] as const, ["ExecutedVersion", version] as const];
    const fromMs = started_at - (started_at % MINUTE_MS);
    const sumOf = async (metric: "Errors" | "Duration") => {
      const { id } = lambdaSeries({ account, region }, metric, dimensions);
      const { minutes } = await this.#parts.database.read(readMetrics, { seriesIds: [id], fromMs, toMs: nowMs + 1, buckets: false });
      return minutes.reduce((sum, row) => ({ samples: sum.samples + row.samples, total: sum.total + row.total }), { samples: 0, total: 0 });
    };
    const [errors, duration] = await Promise.all([sumOf("Errors"), sumOf("Duration")]);
    return { invocations: errors.samples, errors: errors.total, totalMs: duration.total };
  }
}

function aliasAt({ from_version, to_version }: PromotionRow, weight: number): AliasState {
  if (weight >= 1) return { version: to_version, second: undefined };
  return { version: from_version, second: { version: to_version, weight } };
}

/** Somebody else has had a hand in it: what it has come to is not ours to change. */
function strangeness(row: PromotionRow, alias: AliasState | undefined): string | undefined {
  if (alias === undefined) return "the alias or its function was deleted";
  const versions = [alias.version, ...(alias.second === undefined ? [] : [alias.second.version])];
  const other = versions.find((version) => version !== row.from_version && version !== row.to_version);
  return other === undefined ? undefined : `somebody else has set the alias to version ${other}`;
}
