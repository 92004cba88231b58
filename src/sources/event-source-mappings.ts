// Keeps a poller for every enabled mapping, and in step with the table: changes of any node wake MAPPINGS_TOPIC. In a cluster one node polls for
// a mapping, the one that holds its lease, so that its limits hold.

import type { Database } from "../store/database.ts";
import type { RoleLease, RoleLeases } from "../store/roles/role-leases.ts";
import type { Mapping } from "./mapping.ts";
import { enabledMappings, MAPPINGS_TOPIC } from "./mappings.procs.ts";
import type { Poller, SourceParts } from "./source.ts";
import type { sourceOf } from "./sources.ts";

/** A wake-up may be lost. */
const SWEEP_MS = 10_000;

export interface EventSourceMappingsParts extends SourceParts {
  readonly database: Database;
  readonly roles: RoleLeases;
  readonly bus: { subscribe(topic: string, listener: () => void): () => void };
}

export interface FunctionPlace {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

interface Followed {
  mapping: Mapping;
  lease?: RoleLease;
  /** While this node holds the lease. */
  poller?: Poller | undefined;
}

export class EventSourceMappings {
  readonly #parts: EventSourceMappingsParts;
  readonly #followed = new Map<string, Followed>();
  /** Pollers that take no more, and whose batches are under way. */
  readonly #ending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #refreshing: Promise<void> | undefined;
  #mustRefresh = false;
  /** The table of sources, loaded with the first mapping. */
  #sourceOf: typeof sourceOf | undefined;
  #isClosed = false;

  constructor(parts: EventSourceMappingsParts) {
    this.#parts = parts;
    this.#stopListening = parts.bus.subscribe(MAPPINGS_TOPIC, () => this.#refresh());
    this.#timer = setInterval(() => this.#refresh(), SWEEP_MS).unref();
    this.#refresh();
  }

  /** A queue has changed. */
  lookAgain(): void {
    for (const { poller } of this.#followed.values()) poller?.lookAgain();
  }

  functionChanged({ account, region, name }: FunctionPlace): void {
    for (const { mapping, poller } of this.#followed.values()) {
      const isIt = mapping.functionName === name && mapping.region === region && mapping.account === account;
      if (isIt) poller?.askAgain();
    }
  }

  /** What roles may do has changed. */
  askAgain(): void {
    for (const { poller } of this.#followed.values()) poller?.askAgain();
  }

  /** Takes no more from any source and waits up to `drainMs` for what runs; the rest comes again when its lease ends. */
  async close(drainMs: number): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stopListening();
    await this.#refreshing;
    for (const followed of this.#followed.values()) this.#end(followed);
    this.#followed.clear();
    let overtime: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(this.#ending), new Promise((resolve) => (overtime = setTimeout(resolve, drainMs)))]);
    clearTimeout(overtime);
  }

  #refresh(): void {
    this.#mustRefresh = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
  }

  async #refreshAll(): Promise<void> {
    while (this.#mustRefresh && !this.#isClosed) {
      this.#mustRefresh = false;
      try {
        const mappings = await this.#parts.database.read(enabledMappings, null);
        if (mappings.length > 0) this.#sourceOf ??= (await import("./sources.ts")).sourceOf;
        this.#follow(mappings);
      } catch (error) {
        this.#parts.warn("Event source mappings could not be read", error); // the next sweep tries again
      }
    }
  }

  #follow(mappings: readonly Mapping[]): void {
    const enabled = new Set(mappings.map(({ uuid }) => uuid));
    for (const [uuid, followed] of this.#followed) {
      if (enabled.has(uuid)) continue;
      this.#followed.delete(uuid);
      this.#end(followed);
    }
    for (const mapping of mappings) {
      const known = this.#followed.get(mapping.uuid);
      if (known === undefined) this.#begin(mapping);
      else if (known.mapping.revision !== mapping.revision) {
        known.mapping = mapping;
        known.poller?.change(mapping);
      }
    }
  }

  #begin(mapping: Mapping): void {
    const followed: Followed = { mapping };
    this.#followed.set(mapping.uuid, followed);
    followed.lease = this.#parts.roles.want(`mapping ${mapping.uuid}`, {
      held: () => {
        followed.poller = this.#poll(followed.mapping);
      },
      lost: () => {
        this.#track(followed.poller?.stop());
        followed.poller = undefined;
      },
    });
  }

  #poll(mapping: Mapping): Poller | undefined {
    const source = this.#sourceOf?.(mapping.sourceArn);
    return source === undefined || "notServed" in source ? undefined : source.poll(mapping, this.#parts);
  }

  /** Given up when nothing runs any more: a successor would come on top of it. */
  #end({ poller, lease }: Followed): void {
    this.#track(poller?.stop().then(() => lease?.release()) ?? lease?.release());
  }

  #track(ending: Promise<void> | undefined): void {
    const tracked = ending
      ?.catch((error: unknown) => this.#parts.warn("An event source mapping could not be ended", error))
      .finally(() => this.#ending.delete(tracked!));
    if (tracked !== undefined) this.#ending.add(tracked);
  }
}
