// One function in the catalogue, kept by applying committed changes. Answers of the store may overtake each other on their way here, so every
// row remembers the generation of the change that last wrote or removed it: an older change never undoes a newer one, in whatever order they come.

import type { FunctionChange, FunctionRow, VersionRow } from "./catalogue.procs.ts";
import { type FunctionConcurrency, functionConcurrency, noConcurrency } from "./concurrency.ts";
import { type EventInvokes, eventInvokes } from "./event-invoke.ts";
import {
  type AliasRecord,
  aliasRecord,
  type FunctionRecord,
  runnableVersion,
  type VersionRecord,
  versionName,
  versionRecord,
} from "./function-record.ts";
import { functionArn } from "./name.ts";
import type { FunctionVersion } from "./version.ts";

/** Called with the revision that runs from now on, or with undefined when a version is gone. */
export type Tell = (version: string, now: FunctionVersion | undefined) => void;

const TAGS = "tags";
const CONCURRENCY = "concurrency";
const EVENT_INVOKE = "event-invoke";

export class LiveFunction implements FunctionRecord {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly versions = new Map<string, VersionRecord>();
  readonly aliases = new Map<string, AliasRecord>();
  readonly running = new Map<string, FunctionVersion>();
  tags: ReadonlyMap<string, string> = new Map();
  concurrency: FunctionConcurrency = noConcurrency;
  eventInvokes: EventInvokes = new Map();
  readonly #generations = new Map<string, number>(); // key of a row → generation

  constructor(row: FunctionRow) {
    this.id = row.id;
    this.account = row.account;
    this.region = row.region;
    this.name = row.name;
    this.arn = functionArn(row);
  }

  apply(change: FunctionChange, tell: Tell): void {
    const { generation } = change.function;
    const removed = change.isWhole ? this.#missingIn(change) : change;
    for (const number of removed.removedVersions ?? []) {
      if (this.#isNews(versionKey(versionName(number)), generation)) this.#removeVersion(versionName(number), tell);
    }
    for (const name of removed.removedAliases ?? []) if (this.#isNews(aliasKey(name), generation)) this.aliases.delete(name);
    for (const row of change.versions ?? []) {
      if (this.#isNews(versionKey(versionName(row.number)), generation)) this.#putVersion(change.function, row, tell);
    }
    for (const row of change.aliases ?? []) if (this.#isNews(aliasKey(row.name), generation)) this.aliases.set(row.name, aliasRecord(row));
    if (change.tags !== undefined && this.#isNews(TAGS, generation)) this.tags = new Map(change.tags.map(({ key, value }) => [key, value]));
    if (change.concurrency !== undefined && this.#isNews(CONCURRENCY, generation)) {
      this.concurrency = functionConcurrency(change.concurrency);
    }
    if (change.eventInvoke !== undefined && this.#isNews(EVENT_INVOKE, generation)) this.eventInvokes = eventInvokes(change.eventInvoke);
  }

  /** The function was deleted at `generation`: what is older goes. Something newer is there only if it was created again since. */
  forgetBefore(generation: number, tell: Tell): void {
    const isOld = (key: string) => (this.#generations.get(key) ?? 0) < generation;
    for (const version of this.versions.keys()) if (isOld(versionKey(version))) this.#removeVersion(version, tell);
    for (const name of this.aliases.keys()) if (isOld(aliasKey(name))) this.aliases.delete(name);
    if (isOld(TAGS)) this.tags = new Map();
    if (isOld(CONCURRENCY)) this.concurrency = noConcurrency;
    if (isOld(EVENT_INVOKE)) this.eventInvokes = new Map();
  }

  #missingIn({ versions = [], aliases = [] }: FunctionChange): Pick<FunctionChange, "removedVersions" | "removedAliases"> {
    const [numbers, names] = [new Set(versions.map(({ number }) => number)), new Set(aliases.map(({ name }) => name))];
    return {
      removedVersions: [...this.versions.values()].map(({ number }) => number).filter((number) => !numbers.has(number)),
      removedAliases: [...this.aliases.keys()].filter((name) => !names.has(name)),
    };
  }

  #isNews(key: string, generation: number): boolean {
    if ((this.#generations.get(key) ?? 0) >= generation) return false;
    this.#generations.set(key, generation);
    return true;
  }

  #removeVersion(version: string, tell: Tell): void {
    this.versions.delete(version);
    if (this.running.delete(version)) tell(version, undefined);
  }

  // An update that is in progress is shown at once, but runs only when it has settled.
  #putVersion(of: FunctionRow, row: VersionRow, tell: Tell): void {
    const record = versionRecord(row);
    const { version, revisionId } = record;
    this.versions.set(version, record);
    if (record.state !== "Active" || record.updateStatus !== "Successful") return;
    const before = this.running.get(version);
    if (before?.revisionId === revisionId) return;
    const now = runnableVersion(of, record);
    this.running.set(version, now);
    tell(version, now);
  }
}

function versionKey(version: string): string {
  return `version ${version}`;
}

function aliasKey(name: string): string {
  return `alias ${name}`;
}
