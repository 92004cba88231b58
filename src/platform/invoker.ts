// Starts what runs functions, and keeps it in step with the catalogue.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { CodeStore } from "../functions/code-store.ts";
import { concurrencyPlan } from "../functions/concurrency.ts";
import type { FunctionRecord } from "../functions/function-record.ts";
import { qualifiedArn } from "../functions/name.ts";
import type { FunctionVersion } from "../functions/version.ts";
import { createInvoker, type Invoker } from "../invoke/invoker.ts";
import { defaultInvokerSettings } from "../invoke/ports.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { Operator } from "../operator.ts";
import { DRAIN_MS, type Parts } from "./parts.ts";

const WARM_AT_START_MAX = 16;

export function startInvoker({
  config,
  operator,
  onEnd,
  chosen,
  ready,
  runtimes,
  codeStore,
  access,
  catalogue,
  cluster,
  logging,
  inside,
  metering,
}: Parts): Invoker {
  const invoker = createInvoker({
    stems: ready,
    launchFor: (id) => runtimes.launchFor(id),
    codeFor: async ({ codeKey, layers }) => ({
      code: await codeStore.directory(codeKey),
      ...(layers === undefined ? {} : { layers: await codeStore.layers(layers.keys) }),
    }),
    credentialsFor: (version) => access.sessionForRole(version.role, version.name),
    services: inside,
    logs: logging.buffer,
    clock,
    random,
    onRecord: (record, initialization) => metering.meter.add(record, initialization === "provisioned-concurrency"),
    onInitialised: (version, durationMs) =>
      metering.meter.initialised(version, qualifiedArn(version, version.version), clock.nowMs(), durationMs),
    onThrottle: ({ version, invokedArn }) => metering.meter.throttled(version, invokedArn, clock.nowMs()),
    warn: operator.warn,
    ...(cluster !== undefined && { permitsFor: cluster.permitsFor }),
    settings: {
      ...defaultInvokerSettings,
      network: chosen.network,
      concurrencyMax: config.concurrencyMax,
      keepIdleMs: config.keepIdleMs,
      freezeAfterMs: config.freezeAfterMs,
    },
  });
  catalogue.onChange((functionId, version, now) => {
    invoker.changed(functionId, version, now);
    if (now !== undefined) warm(invoker, now, operator);
    if (now !== undefined && cluster !== undefined && config.cluster.roles.has("worker")) fetchAhead(now, codeStore, catalogue, operator);
  });
  const plan = (record: FunctionRecord) => invoker.plan(cluster?.partOf(concurrencyPlan(record)) ?? concurrencyPlan(record));
  const planAll = () => {
    for (const record of catalogue.functions()) plan(record);
  };
  catalogue.onFunctionChange(plan);
  planAll();
  cluster?.onWorkersChange(planAll);
  onEnd(() => invoker.close(DRAIN_MS));
  metering.follow(invoker);
  return invoker;
}

/** Functions that were here before this start: their first callers find ready stems too. */
export function warmFor(catalogue: FunctionCatalogue, invoker: Invoker, operator: Operator): void {
  for (const version of [...catalogue.running()].slice(0, WARM_AT_START_MAX)) warm(invoker, version, operator);
}

/** On the node that took the code it lies there already; the others have it before somebody waits for it. */
function fetchAhead(version: FunctionVersion, codeStore: CodeStore, catalogue: FunctionCatalogue, operator: Operator): void {
  const fetched = [codeStore.directory(version.codeKey), ...(version.layers === undefined ? [] : [codeStore.layers(version.layers.keys)])];
  const swept = codeStore.sweepIfDue(clock.nowMs(), () => catalogue.trees());
  Promise.all([...fetched, swept]).catch((error: unknown) =>
    operator.warn(`Code of ${version.functionArn} could not be fetched ahead`, error),
  );
}

function warm(invoker: Invoker, version: FunctionVersion, operator: Operator): void {
  invoker
    .warm(version)
    .catch((error: unknown) => operator.warn(`No sandbox for ${version.functionArn} could be made ahead of time`, error));
}
