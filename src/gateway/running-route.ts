// /_lambent/running: which functions run on this node now, and what waits for them, of every account: for its operator.

import type { VersionLoad } from "../invoke/invoker.ts";
import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";

/** One version of a function that has environments. */
export interface RunningVersion {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** "$LATEST" or a number. */
  readonly version: string;
  /** Environments with an invocation. */
  readonly running: number;
  /** Environments that wait for one. */
  readonly idle: number;
  /** How many of both were started ahead. */
  readonly provisioned: number;
}

export function runningRoute(loads: () => Iterable<VersionLoad>): InternalRoute {
  return { method: "GET", prefix: `${INTERNAL_PREFIX}running`, handle: async () => jsonResponse(200, { versions: sumByVersion(loads()) }) };
}

/** The busiest first. */
function sumByVersion(loads: Iterable<VersionLoad>): readonly RunningVersion[] {
  const byVersion = Map.groupBy(loads, ({ version }) => [version.account, version.region, version.name, version.version].join(" "));
  const all = [...byVersion.values()].map(sum).filter(({ running, idle, provisioned }) => running + idle + provisioned > 0);
  return all.sort((a, b) => b.running - a.running || b.idle - a.idle || a.name.localeCompare(b.name));
}

function sum(loads: readonly VersionLoad[]): RunningVersion {
  const { account, region, name, version } = loads[0]!.version;
  const total = (of: (load: VersionLoad) => number) => loads.reduce((so, load) => so + of(load), 0);
  return {
    account,
    region,
    name,
    version,
    running: total(({ busy }) => busy),
    idle: total(({ idle }) => idle),
    provisioned: total(({ provisioned }) => provisioned ?? 0),
  };
}
