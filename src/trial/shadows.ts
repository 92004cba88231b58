// Shadows at work: copies events of the functions that have one, once their callers were answered, and keeps what differs.
//
//   invoke ──▶ answer ──▶ caller
//                └──▶ (next turn) copy ──▶ candidate ──▶ compare ──▶ report ──▶ store, once a second
//
// Discipline: the way of an event that is not shadowed costs one look at a number. Copies under way are limited; what comes beyond is counted.

import type { Resolved } from "../functions/version.ts";
import type { Invocation, InvocationResult, Recipient } from "../invoke/invocation.ts";
import type { Invoker } from "../invoke/invoker.ts";
import type { InvocationRecord } from "../invoke/report.ts";
import type { Random } from "../lib/random.ts";
import type { PriceSheet } from "../metering/prices.ts";
import { type Database, EVERY_TOPIC } from "../store/database.ts";
import { compareAnswers } from "./compare-answers.ts";
import { type DiffRules, ignoreRule } from "./json-difference.ts";
import { sampleOf, takeSample } from "./sample.ts";
import { listShadows, readShadowReports, SHADOW_TOPIC, writeShadowReports } from "./shadow.procs.ts";
import { candidateOf, type Shadow, shadowOf } from "./shadow.ts";
import { addDifferences, addSample, cut, emptyReport, mergeReports, type ShadowReport } from "./shadow-report.ts";

const COPIES_MAX = 50;
const WRITE_MS = 1_000;

export interface ShadowParts {
  readonly database: Database;
  readonly nodeId: string;
  readonly random: Random;
  readonly sheet: PriceSheet;
  /** Throws ServiceError. */
  resolve(name: { readonly account: string; readonly region: string; readonly name: string }, qualifier: string | undefined): Resolved;
  /** Whether functions can be kept from the network on this node. Where they cannot, no isolated candidate runs. */
  readonly canIsolate: boolean;
  /** What runs candidates, by guard. */
  readonly invokers: Readonly<Record<"isolated" | "none", () => Pick<Invoker, "invoke">>>;
  readonly onError: (error: unknown) => void;
}

interface Live {
  readonly shadow: Shadow;
  readonly rules: DiffRules;
  readonly report: ShadowReport;
  isDirty: boolean;
  /** Under way. */
  copies: number;
}

type Invoke = (invocation: Invocation, recipient?: Recipient) => Promise<InvocationResult>;

export class Shadows {
  readonly #parts: ShadowParts;
  readonly #live = new Map<string, Live>(); // qualified ARN's tail: "account region name qualifier"
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  /** Stopped or replaced, and not yet written to the end. */
  readonly #ended = new Set<Live>();
  #loading: Promise<void> = Promise.resolve();
  #copies = 0;

  private constructor(parts: ShadowParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.write(), WRITE_MS).unref();
    this.#stopListening = parts.database.onWake((topic) => {
      if (topic === SHADOW_TOPIC || topic === EVERY_TOPIC) void this.load().catch(parts.onError);
    });
  }

  static async open(parts: ShadowParts): Promise<Shadows> {
    const shadows = new Shadows(parts);
    await shadows.load();
    return shadows;
  }

  /** Follows what is written down, in the order in which it was asked to. What was seen of those that go on is kept. */
  load(): Promise<void> {
    const turn = this.#loading.then(() => this.#load());
    this.#loading = turn.catch(() => {}); // whoever has asked hears of it
    return turn;
  }

  async #load(): Promise<void> {
    const shadows = (await this.#parts.database.read(listShadows, null)).map(shadowOf);
    const running = new Map(shadows.filter(({ isRunning }) => isRunning).map((shadow) => [keyOf(shadow), shadow]));
    for (const [key, live] of this.#live) {
      if (running.get(key)?.createdAtMs === live.shadow.createdAtMs) continue;
      this.#live.delete(key);
      this.#ended.add(live);
    }
    for (const [key, shadow] of running) {
      if (this.#live.has(key)) continue;
      const rules = { ignore: shadow.rules.ignore.map(ignoreRule), tolerance: shadow.rules.tolerance };
      this.#live.set(key, { shadow, rules, report: emptyReport(), isDirty: false, copies: 0 });
    }
  }

  /** The way to invoke with copies made beside it. */
  around(invoke: Invoke): Invoke {
    return (invocation, recipient) => {
      if (this.#live.size === 0) return invoke(invocation, recipient);
      const live = this.#liveOf(invocation);
      return live === undefined ? invoke(invocation, recipient) : this.#withCopy(live, invoke, invocation, recipient);
    };
  }

  /** Of all nodes and starts, this one's up to now. */
  async report(shadow: Shadow): Promise<ShadowReport> {
    await this.write();
    const rows = await this.#parts.database.read(readShadowReports, { shadowId: shadow.id });
    return mergeReports(rows.map(({ report }) => JSON.parse(report) as ShadowReport));
  }

  /** Never rejects. */
  async write(): Promise<void> {
    for (const live of this.#ended) if (!live.isDirty && live.copies === 0) this.#ended.delete(live);
    const dirty = [...this.#live.values(), ...this.#ended].filter(({ isDirty }) => isDirty);
    if (dirty.length === 0) return;
    const { nodeId, database, onError } = this.#parts;
    for (const live of dirty) live.isDirty = false;
    const reports = dirty.map(({ shadow, report }) => {
      const { id: shadowId, createdAtMs } = shadow;
      return { shadowId, createdAtMs, nodeId, report: JSON.stringify(report) };
    });
    try {
      await database.run(writeShadowReports, { reports });
    } catch (error) {
      for (const live of dirty) live.isDirty = true;
      onError(error);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopListening();
    await this.write();
  }

  #liveOf({ version, invokedArn }: Invocation): Live | undefined {
    const { account, region, name } = version;
    const live = this.#live.get(keyOf({ account, region, name, qualifier: invokedArn.split(":")[7] ?? "" }));
    return live !== undefined && this.#parts.random.unit() < live.shadow.rules.sample ? live : undefined;
  }

  async #withCopy(live: Live, invoke: Invoke, invocation: Invocation, recipient: Recipient | undefined): Promise<InvocationResult> {
    if (invocation.stream !== undefined || this.#copies >= COPIES_MAX) {
      live.report.skipped++;
      live.isDirty = true;
      return invoke(invocation, recipient);
    }
    let record: InvocationRecord | undefined;
    const onRecord = (told: InvocationRecord | undefined) => {
      record = told;
      return invocation.onRecord?.(told) ?? false;
    };
    const result = await invoke({ ...invocation, onRecord }, recipient);
    this.#copies++;
    live.copies++;
    setImmediate(() => {
      this.#copy(live, { invocation, result, record: () => record })
        .catch(() => live.report.failed++)
        .finally(() => {
          this.#copies--;
          live.copies--;
          live.isDirty = true;
        });
    });
    return result;
  }

  /** Rejects where the candidate could not be run. */
  async #copy(
    live: Live,
    primary: { invocation: Invocation; result: InvocationResult; record: () => InvocationRecord | undefined },
  ): Promise<void> {
    const { shadow, rules, report } = live;
    const { random, sheet, invokers, resolve, canIsolate } = this.#parts;
    if (shadow.rules.guard === "isolated" && !canIsolate) throw new Error("this node cannot isolate a candidate");
    const { name, qualifier } = candidateOf(shadow.candidate, shadow.name);
    const { version, invokedArn } = resolve({ account: shadow.account, region: shadow.region, name }, qualifier);
    const { payload, clientContext } = primary.invocation;
    const copy = {
      requestId: random.uuid(),
      version,
      invokedArn,
      payload,
      tail: false,
      ...(clientContext !== undefined && { clientContext }),
    };
    const candidate = await takeSample(invokers[shadow.rules.guard](), copy, sheet);
    const record = primary.record(); // there is none where its environment ended first
    if (record !== undefined) addSample(report.primary, sampleOf(record, primary.result, sheet));
    addSample(report.candidate, candidate);
    addDifferences(report, compareAnswers(primary.result, candidate.result, rules), () => ({
      requestId: primary.invocation.requestId,
      event: cut(payload),
      primary: cut(primary.result.payload),
      candidate: cut(candidate.result.payload),
    }));
  }
}

function keyOf({ account, region, name, qualifier }: Pick<Shadow, "account" | "region" | "name" | "qualifier">): string {
  return `${account} ${region} ${name} ${qualifier}`;
}
