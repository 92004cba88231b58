// Promotions at work: looks at those that run once a second, takes the steps that are due, and rolls back what does badly.
//
// Discipline: the alias is set first, to a state that follows from the row alone, and the row moves afterwards. A process that is killed in between
// sets the alias once more; whoever moves the row second changes nothing. The alias is looked at before the row, and set only if nobody has changed
// it since: a node that was held up, and whose task another one has by now, changes nothing either.
// A roll-back is written down before the alias is set: what was decided is not forgotten, and no step can overtake it.

import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import { lambdaSeries } from "../metering/lambda-series.ts";
import { readMetrics } from "../metering/metrics.procs.ts";
import type { Database } from "../store/database.ts";
import {
  advancePromotion,
  endPromotion,
  type PromotionRow,
  type PromotionWish,
  readPromotion,
  runningPromotions,
  startPromotion,
  wishRollBack,
} from "./promotion.procs.ts";
import { type Bounds, decide, type Health, type Seen, type Step } from "./promotion.ts";

const LOOK_MS = 1_000;
const MINUTE_MS = 60_000;

export interface AliasState {
  readonly version: string;
  readonly second: { readonly version: string; readonly weight: number } | undefined;
}

export interface FoundAlias extends AliasState {
  /** Another one after every change. */
  readonly revisionId: string;
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
  readonly aliasOf: (place: AliasPlace) => FoundAlias | undefined;
  /** Durable once it resolves. Rejects with ServiceError, of status 409 or 412 where `revisionId` is given and is not the alias's any more. */
  readonly setAlias: (place: AliasPlace, state: AliasState, revisionId?: string) => Promise<void>;
  /** What a shadow has seen of that version as candidate, if there is one. */
  readonly shadowOf: (row: PromotionRow) => Promise<Seen["shadow"]>;
  readonly onError: (error: unknown) => void;
}

export class Promotions {
  readonly #parts: PromotionParts;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  /** Those that could not be carried on the last time: each is told of once. */
  readonly #heldUp = new Set<number>();

  constructor(parts: PromotionParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** Writes it down and takes its first step. undefined: one is running for that alias. */
  async begin(wish: PromotionWish): Promise<PromotionRow | undefined> {
    const { database, clock, flush } = this.#parts;
    await flush();
    const started_at = clock.nowMs();
    const before = await this.#counted({ ...wish, started_at }, started_at);
    const started = await database.run(startPromotion, { ...wish, started_at, counted_before: JSON.stringify(before) });
    if (started === undefined) return undefined;
    await this.#looking; // one that is under way may have looked before
    await this.look();
    return started;
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

  /** At the operator's wish too, on any node. Nothing happens where it has ended. */
  async rollBack({ id, ...row }: PromotionRow, reason: string): Promise<void> {
    const { database, setAlias } = this.#parts;
    if (!(await database.run(wishRollBack, { id, reason }))) return;
    await setAlias(row, { version: row.from_version, second: undefined });
    await database.run(endPromotion, { id, state: "rolled-back", reason });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    if (!this.#parts.isMine()) return;
    const rows = await this.#parts.database.read(runningPromotions, null);
    if (rows.length > 0) await this.#parts.flush();
    for (const row of rows) await this.#attempt(row);
  }

  /** One that is held up holds up no other. Never rejects. */
  async #attempt(row: PromotionRow): Promise<void> {
    try {
      await this.#carryOn(row);
      this.#heldUp.delete(row.id);
    } catch (error) {
      if (error instanceof ServiceError && (error.status === 409 || error.status === 412)) return; // changed meanwhile: seen the next time
      if (!this.#heldUp.has(row.id)) this.#parts.onError(error);
      this.#heldUp.add(row.id);
    }
  }

  async #carryOn(listed: PromotionRow): Promise<void> {
    const { database, clock, aliasOf } = this.#parts;
    const alias = aliasOf(listed);
    const row = await database.read(readPromotion, { id: listed.id });
    if (row === undefined) return;
    const stranger = strangeness(row, alias);
    if (alias === undefined || stranger !== undefined)
      return database.run(endPromotion, { id: row.id, state: "stopped", reason: stranger ?? "" });
    if (row.reason !== "") return this.rollBack(row, row.reason);
    const [steps, bounds] = [JSON.parse(row.steps) as readonly Step[], JSON.parse(row.bounds) as Bounds];
    const nowMs = clock.nowMs();
    const decision = decide({ steps, bounds, step: row.step, dueAtMs: row.due_at }, await this.#seen(row, nowMs), nowMs);
    if (!this.#parts.isMine()) return;
    if (decision.kind === "roll-back") await this.rollBack(row, decision.reason);
    else if (decision.kind === "finish") await database.run(endPromotion, { id: row.id, state: "done", reason: "" });
    else if (decision.kind === "shift") await this.#shift(row, decision.step, alias);
  }

  async #shift(row: PromotionRow, step: Step, { revisionId }: FoundAlias): Promise<void> {
    const { database, clock, setAlias } = this.#parts;
    try {
      await setAlias(row, aliasAt(row, step.weight), revisionId);
    } catch (error) {
      if (!(error instanceof ServiceError) || (error.status !== 400 && error.status !== 404)) throw error;
      const reason = `the alias cannot be set any more: ${error.message}`; // its new version was deleted, say
      return database.run(endPromotion, { id: row.id, state: "stopped", reason });
    }
    await database.run(advancePromotion, { id: row.id, step: row.step, dueAtMs: clock.nowMs() + step.holdMs });
  }

  async #seen(row: PromotionRow, nowMs: number): Promise<Seen> {
    const [counted, shadow] = await Promise.all([this.#counted(row, nowMs), this.#parts.shadowOf(row)]);
    const { old = NOTHING, new: now = NOTHING } = JSON.parse(row.counted_before) as Partial<Counted>;
    return { old: since(old, counted.old), new: since(now, counted.new), shadow };
  }

  /** From the minute in which it began: what came before it in that minute is among it. */
  async #counted(row: Begun, nowMs: number): Promise<Counted> {
    const [old, now] = await Promise.all([this.#health(row, row.from_version, nowMs), this.#health(row, row.to_version, nowMs)]);
    return { old, new: now };
  }

  /** Of the version as it was called through the alias. */
  async #health({ account, region, name, alias, started_at }: Begun, version: string, nowMs: number): Promise<Health> {
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

type Begun = Pick<PromotionRow, "account" | "region" | "name" | "alias" | "from_version" | "to_version" | "started_at">;
type Counted = Pick<Seen, "old" | "new">;

const NOTHING: Health = { invocations: 0, errors: 0, totalMs: 0 };

function since(before: Health, counted: Health): Health {
  return {
    invocations: counted.invocations - before.invocations,
    errors: counted.errors - before.errors,
    totalMs: counted.totalMs - before.totalMs,
  };
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
