// Starts what happens after a caller was answered: asynchronous invocations and the delivery of their records.

import { createDestinations, type Destinations } from "../delivery/destinations.ts";
import { awsLimits } from "../functions/limits.ts";
import { type AsyncInvocations, startAsyncInvocations } from "../invoke/invoke-async.ts";
import type { Invoker } from "../invoke/invoker.ts";
import { Recursion } from "../invoke/recursion.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import { asyncRequests } from "../metering/cost.ts";
import { queueTopic } from "../store/queue/queue.ts";
import type { Parts } from "./parts.ts";

/** Asynchronous invocations and where their records go: either may bring about the other. */
export interface Later {
  readonly asyncInvocations: AsyncInvocations;
  readonly destinations: Destinations;
  readonly recursion: Recursion;
}

export function startLater(parts: Parts, invoker: Pick<Invoker, "invoke">): Later {
  const { config, operator, onEnd, leftMs, store, cluster, catalogue, queues, permissions, metering } = parts;
  const payloadBytesMax = awsLimits.eventPayloadBytesMax;
  const destinations = createDestinations({
    ...{ catalogue, clock, random, payloadBytesMax, queues, permissions },
    database: store.database,
    asyncInvocations: () => asyncInvocations,
  });
  const recursion = new Recursion({
    catalogue,
    warn: operator.note,
    onStop: (of) => metering.meter.measureOf(of, "RecursiveInvocationsDropped", 1, clock.nowMs()),
  });
  const asyncInvocations: AsyncInvocations = startAsyncInvocations({
    database: store.database,
    queues: store.queues,
    catalogue,
    invoker,
    recursion,
    clock,
    random,
    deliver: (delivery, sending) => destinations.deliver(delivery, sending),
    onWake: (queueId, wake) => store.bus.subscribe(queueTopic(queueId), wake),
    warn: operator.warn,
    measure: {
      value: (of, metric, value) => metering.meter.measureOf(of, metric, value, clock.nowMs()),
      attempt: (version, invokedArn, bytes) => metering.meter.extraRequests(version, invokedArn, clock.nowMs(), asyncRequests(bytes) - 1),
    },
    pausesMs: config.asyncRetryMs,
    ...(cluster !== undefined && { pollers: () => cluster.pollers }),
    isPoller: config.cluster.roles.has("poller"),
  });
  catalogue.onFunctionChange((record) => {
    if (record.versions.size === 0) asyncInvocations.forget(record);
  });
  onEnd(() => asyncInvocations.close(leftMs()));
  return { asyncInvocations, destinations, recursion };
}
