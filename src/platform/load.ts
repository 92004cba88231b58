// Gauges of concurrency: how many invocations run now, for each function and for all that share what nobody has reserved.
// AWS: measured by AWS at every change; here once a second, so a shorter peak is not seen.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { Invoker } from "../invoke/invoker.ts";
import type { Meter } from "../metering/meter.ts";

interface Load {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  busy: number;
  provisionedBusy: number;
  provisioned: number;
}

export function measureLoad(meter: Meter, invoker: Invoker, catalogue: FunctionCatalogue, atMs: number): void {
  const loads = new Map<number, Load>();
  for (const { version, busy, provisioned } of invoker.load()) {
    const { functionId, account, region, name } = version;
    const load = loads.get(functionId) ?? { account, region, name, busy: 0, provisionedBusy: 0, provisioned: 0 };
    load.busy += busy;
    if (provisioned !== undefined) load.provisionedBusy += busy;
    load.provisioned += provisioned ?? 0;
    loads.set(functionId, load);
  }
  for (const load of loads.values()) measureFunction(meter, load, atMs);
  for (const group of Map.groupBy(loads.values(), ({ account, region }) => `${account} ${region}`).values()) {
    const shared = group.filter((load) => catalogue.find(load)?.concurrency.reserved === undefined);
    const { account, region } = group[0]!;
    const unreserved = sumOf(shared.map(({ busy, provisionedBusy }) => busy - provisionedBusy));
    const all = sumOf(group.map(({ busy }) => busy));
    if (all > 0) meter.measure({ account, region }, "UnreservedConcurrentExecutions", unreserved, atMs);
    if (all > 0) meter.measure({ account, region }, "ConcurrentExecutions", all, atMs);
  }
}

function measureFunction(meter: Meter, load: Load, atMs: number): void {
  if (load.busy > 0) meter.measureOf(load, "ConcurrentExecutions", load.busy, atMs);
  if (load.provisioned === 0) return;
  meter.measureOf(load, "ProvisionedConcurrentExecutions", load.provisionedBusy, atMs);
  meter.measureOf(load, "ProvisionedConcurrencyUtilization", load.provisionedBusy / load.provisioned, atMs);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
