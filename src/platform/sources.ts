// Starts what takes events from queues to functions: event source mappings.

import type { Invoker } from "../invoke/invoker.ts";
import type { Recursion } from "../invoke/recursion.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import { EventSourceMappings } from "../sources/event-source-mappings.ts";
import type { Parts } from "./parts.ts";

export interface SourcePorts {
  readonly invoker: Pick<Invoker, "invoke">;
  readonly recursion: Recursion;
}

/** Only on nodes that poll. */
export function startSources(
  { config, operator, onEnd, store, catalogue, queues, metering }: Parts,
  { invoker, recursion }: SourcePorts,
): void {
  if (!config.cluster.roles.has("poller")) return;
  const { database, roles, bus } = store;
  const mappings = new EventSourceMappings({
    database,
    roles,
    bus,
    queues,
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
  catalogue.onFunctionChange(() => mappings.lookAgain());
  const endListening = queues.onChange(() => mappings.lookAgain());
  onEnd(async () => {
    endListening();
    await mappings.close(config.finishMs);
  });
}
