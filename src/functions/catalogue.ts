// The catalogue: which functions, versions and aliases there are, held in memory so that an invocation touches no SQL.
// Discipline: whoever commits a change hands it to apply(), before the caller hears of it; so does catalogue-sync.ts what other nodes have
// committed. Nothing else writes here.

import { ServiceError } from "../lib/errors.ts";
import type { Database } from "../store/database.ts";
import {
  type CataloguePage,
  catalogueVersion,
  type FunctionChange,
  type FunctionRow,
  loadCataloguePage,
  settleLeftovers,
} from "./catalogue.procs.ts";
import { mergedTree } from "./code-store.ts";
import { type AllConcurrency, loadConcurrency } from "./concurrency.procs.ts";
import { type EventInvokeRow, loadEventInvoke } from "./event-invoke.procs.ts";
import { type FunctionRecord, LATEST, type VersionRecord } from "./function-record.ts";
import { LiveFunction, type Tell } from "./live-function.ts";
import { qualifiedArn } from "./name.ts";
import type { FunctionVersion, Resolved } from "./version.ts";

export interface Name {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** Some of it has changed; without versions it was deleted. */
export type FunctionListener = (record: FunctionRecord) => void;

export type ChangeListener = (functionId: number, version: string, now: FunctionVersion | undefined) => void;

export interface Catalogue {
  /** Follows name and qualifier to one version; an alias with weights is drawn by `unit` in [0, 1). Throws ServiceError ResourceNotFoundException. */
  resolve(name: Name, qualifier: string | undefined, unit: number): Resolved;
  /** Calls back with the revision that is to run from now on, or with undefined after a deletion: environments of another one end. */
  onChange(listener: ChangeListener): void;
}

const PAGE_FUNCTIONS = 200;

export class FunctionCatalogue implements Catalogue {
  /** Every change up to this version was there when it was loaded. */
  loadedVersion = 0;
  /** The last change that this process has committed itself. */
  ownVersion = 0;
  readonly #places = new Map<string, Map<string, Map<string, LiveFunction>>>(); // account → region → name → function
  /** Function id → generation of its last deletion: what is older must not bring it back. */
  readonly #deletions = new Map<number, number>();
  readonly #listeners: ChangeListener[] = [];
  readonly #functionListeners: FunctionListener[] = [];

  /** Settles what a killed predecessor left unsettled, then reads everything. */
  static async load(database: Database): Promise<FunctionCatalogue> {
    await database.run(settleLeftovers, null);
    const catalogue = new FunctionCatalogue();
    catalogue.loadedVersion = await database.read(catalogueVersion, null);
    const concurrency = await database.read(loadConcurrency, null);
    const eventInvoke = await database.read(loadEventInvoke, null);
    let page: CataloguePage;
    let afterId = 0;
    do {
      page = await database.read(loadCataloguePage, { afterId, functionsMax: PAGE_FUNCTIONS });
      for (const change of changesOf(page, concurrency, eventInvoke)) catalogue.take(change);
      afterId = page.functions.at(-1)?.id ?? afterId;
    } while (page.functions.length === PAGE_FUNCTIONS);
    return catalogue;
  }

  find({ account, region, name }: Name): FunctionRecord | undefined {
    return this.#places.get(account)?.get(region)?.get(name);
  }

  /** In order of name. */
  list(account: string, region: string): readonly FunctionRecord[] {
    const here = this.#places.get(account)?.get(region)?.values() ?? [];
    return [...here].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of the code store: what some version runs. */
  trees(): ReadonlySet<string> {
    return new Set([...this.functions()].flatMap((record) => [...record.versions.values()].flatMap(treesOf)));
  }

  /** Everything that invocations may run. */
  *running(): Iterable<FunctionVersion> {
    for (const { running } of this.functions()) yield* running.values();
  }

  *functions(): Iterable<FunctionRecord> {
    for (const regions of this.#places.values()) for (const functions of regions.values()) yield* functions.values();
  }

  resolve(name: Name, qualifier: string | undefined, unit: number): Resolved {
    const record = this.find(name);
    const version = record && chosenVersion(record, qualifier ?? LATEST, unit);
    if (record === undefined || version === undefined) throw functionNotFound(name, qualifier ?? LATEST);
    const running = record.running.get(version);
    if (running === undefined) throw stillPending();
    const { functionArn } = running;
    return { version: running, invokedArn: qualifier === undefined ? functionArn : `${functionArn}:${qualifier}` };
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  onFunctionChange(listener: FunctionListener): void {
    this.#functionListeners.push(listener);
  }

  /** Takes over a change that this process has committed. Changes may come in any order (live-function.ts). */
  apply(change: FunctionChange): void {
    this.ownVersion = Math.max(this.ownVersion, change.function.changed_in);
    this.take(change);
  }

  /** The same for one that was read. */
  take(change: FunctionChange): void {
    const { function: row } = change;
    if (row.generation <= (this.#deletions.get(row.id) ?? 0)) return;
    if (row.created_at === null) this.#delete(row);
    else this.#put(change);
  }

  #put(change: FunctionChange): void {
    const live = this.#functionOf(change.function);
    live.apply(change, this.#tellOf(live.id));
    this.#tellAll(live);
  }

  #functionOf(row: FunctionRow): LiveFunction {
    const regions = this.#places.get(row.account) ?? new Map<string, Map<string, LiveFunction>>();
    const functions = regions.get(row.region) ?? new Map<string, LiveFunction>();
    const known = functions.get(row.name) ?? new LiveFunction(row);
    this.#places.set(row.account, regions.set(row.region, functions.set(row.name, known)));
    return known;
  }

  #delete(row: FunctionRow): void {
    this.#deletions.set(row.id, row.generation);
    const functions = this.#places.get(row.account)?.get(row.region);
    const known = functions?.get(row.name);
    known?.forgetBefore(row.generation, this.#tellOf(row.id));
    if (known?.versions.size === 0) functions?.delete(row.name);
    if (known !== undefined) this.#tellAll(known);
  }

  #tellAll(record: FunctionRecord): void {
    for (const listener of this.#functionListeners) listener(record);
  }

  #tellOf(functionId: number): Tell {
    return (version, now) => {
      for (const listener of this.#listeners) listener(functionId, version, now);
    };
  }
}

/** AWS's 404; a qualifier, where one is known, stands behind the ARN. */
export function functionNotFound(name: Name, qualifier?: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", 404, `Function not found: ${qualifiedArn(name, qualifier)}`);
}

function treesOf({ code, settings: { layers } }: VersionRecord): readonly string[] {
  return layers === undefined ? [code.key] : [code.key, mergedTree(layers.map(({ key }) => key))];
}

function stillPending(): ServiceError {
  const message = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
  return new ServiceError("ResourceConflictException", 409, message);
}

// The draw is new for each invocation: AWS keeps no caller on one version.
function chosenVersion(record: FunctionRecord, qualifier: string, unit: number): string | undefined {
  if (record.versions.has(qualifier)) return qualifier;
  const alias = record.aliases.get(qualifier);
  if (alias?.second !== undefined && unit < alias.second.weight) return alias.second.version;
  return alias?.version;
}

function* changesOf(page: CataloguePage, concurrency: AllConcurrency, events: readonly EventInvokeRow[]): Iterable<FunctionChange> {
  const versions = Map.groupBy(page.versions, (row) => row.function_id);
  const aliases = Map.groupBy(page.aliases, (row) => row.function_id);
  const tags = Map.groupBy(page.tags, (row) => row.function_id);
  const reserved = new Map(concurrency.reserved.map((row) => [row.function_id, row.reserved]));
  const provisioned = Map.groupBy(concurrency.provisioned, (row) => row.function_id);
  const eventInvoke = Map.groupBy(events, (row) => row.function_id);
  for (const row of page.functions) {
    yield {
      function: row,
      versions: versions.get(row.id) ?? [],
      aliases: aliases.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
      concurrency: { reserved: reserved.get(row.id) ?? null, provisioned: provisioned.get(row.id) ?? [] },
      eventInvoke: eventInvoke.get(row.id) ?? [],
    };
  }
}
