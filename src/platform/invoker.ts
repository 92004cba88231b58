// Starts what runs functions, and keeps it in step with the catalogue.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { CodeStore } from "../functions/code-store.ts";
import { concurrencyPlan } from "../functions/concurrency.ts";
import type { FunctionRecord } from "../functions/function-record.ts";
import { qualifiedArn } from "../functions/name.ts";
import type { FunctionVersion } from "../functions/version.ts";
import { createInvoker, type Invoker } from "../invoke/invoker.ts";
import { defaultInvokerSettings, type InvokerParts } from "../invoke/ports.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { Operator } from "../operator.ts";
import type { Parts } from "./parts.ts";

const WARM_AT_START_MAX = 16;

export function startInvoker(parts: Parts): Invoker {
  const { config, operator, onEnd, catalogue, codeStore, cluster, inside, metering } = parts;
  const { meter } = metering;
  const invoker = createInvoker({
    ...shared(parts),
    services: inside.services,
    onRecord: (record, initialization) => meter.add(record, initialization === "provisioned-concurrency"),
    onInitialised: (version, durationMs) => meter.initialised(version, qualifiedArn(version, version.version), clock.nowMs(), durationMs),
    onThrottle: ({ version, invokedArn }) => meter.throttled(version, invokedArn, clock.nowMs()),
    ...(cluster !== undefined && { permitsFor: cluster.permitsFor }),
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
  onEnd(() => invoker.close(parts.leftMs()));
  metering.follow(invoker);
  return invoker;
}

/** For candidates in shadows: no network, no exposed services, no calls that write, and a concurrency of their own. It is in no bill. */
export function startIsolatedInvoker(parts: Parts, concurrencyMax: number): Invoker {
  const { settings, ...rest } = shared(parts);
  const isolated = { ...settings, network: "none", concurrencyMax } as const;
  const invoker = createInvoker({ ...rest, services: parts.inside.readOnly, onRecord: () => {}, settings: isolated });
  parts.catalogue.onChange((functionId, version, now) => invoker.changed(functionId, version, now));
  parts.onEnd(() => invoker.close(parts.leftMs()));
  return invoker;
}

function shared({ config, operator, chosen, ready, runtimes, codeStore, access, logging, metering }: Parts) {
  return {
    ...(config.reportsCost && { prices: metering.sheet }),
    stems: ready,
    launchFor: (id) => runtimes.launchFor(id),
    codeFor: async ({ codeKey, layers }) => ({
      code: await codeStore.directory(codeKey),
      ...(layers === undefined ? {} : { layers: await codeStore.layers(layers.keys) }),
    }),
    credentialsFor: (version) => access.sessionForRole(version.role, version.name),
    logs: logging.buffer,
    clock,
    random,
    warn: operator.warn,
    settings: {
      ...defaultInvokerSettings,
      network: chosen.network,
      concurrencyMax: config.concurrencyMax,
      keepIdleMs: config.keepIdleMs,
      freezeAfterMs: config.freezeAfterMs,
    },
  } satisfies Partial<InvokerParts>;
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
