// Starts what takes events from queues to functions: event source mappings.

import type { Invoker } from "../invoke/invoker.ts";
import type { Recursion } from "../invoke/recursion.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import { EventSourceMappings } from "../sources/event-source-mappings.ts";
import { HeldBytes } from "../sources/held-bytes.ts";
import type { Parts } from "./parts.ts";

export interface SourcePorts {
  readonly invoker: Pick<Invoker, "invoke">;
  readonly recursion: Recursion;
}

export interface Sources {
  /** From now on: what they have taken ends while callers are still being answered. */
  takeNoMore(): void;
}

/** Only on nodes that poll. */
export function startSources(
  { config, operator, onEnd, leftMs, store, catalogue, queues, permissions, metering }: Parts,
  { invoker, recursion }: SourcePorts,
): Sources {
  if (!config.cluster.roles.has("poller")) return { takeNoMore: () => {} };
  const { database, roles, bus } = store;
  const mappings = new EventSourceMappings({
    database,
    roles,
    bus,
    queues,
    permissions,
    held: new HeldBytes(),
    catalogue,
    invoker,
    recursion,
    clock,
    random,
    warn: operator.warn,
    count: (mapping, metric, events) => {
      if (mapping.settings.countsEvents === true) metering.meter.measureMapping(mapping, mapping.uuid, metric, events, clock.nowMs());
    },
  });
  catalogue.onFunctionChange((record) => mappings.functionChanged(record));
  const endListening = queues.onChange(() => mappings.lookAgain());
  const endAsking = permissions.onChange(() => mappings.askAgain());
  let closing: Promise<void> | undefined;
  const close = () => {
    endListening();
    endAsking();
    closing ??= mappings.close(leftMs());
    return closing;
  };
  onEnd(close);
  return { takeNoMore: () => void close().catch(() => {}) }; // whoever waits for it hears of a failure
}
