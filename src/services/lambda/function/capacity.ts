// CapacityProviderConfig: whether one environment serves several invocations at one time. AWS has capacity providers of EC2 instances for that
// (Lambda Managed Instances); here there is one in each account and region, called lambent: the machines that lambent runs on.

import { partitionOf } from "../../../functions/name.ts";
import type { FunctionSettings } from "../../../functions/settings.ts";
import type { CapacityProviderConfig } from "../../../models/lambda.ts";
import { invalidParameter, unsupported } from "../refusals.ts";

interface Place {
  readonly account: string;
  readonly region: string;
}

/** AWS: depends on the runtime and its vCPUs. */
const CONCURRENCY_DEFAULT = 8;

export function capacityProviderArn({ account, region }: Place): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:capacity-provider:lambent`;
}

/** As a part of FunctionSettings: nothing where the request has nothing of it. */
export function askedConcurrency(place: Place, config: CapacityProviderConfig | undefined): Pick<FunctionSettings, "maxConcurrency"> {
  if (config === undefined) return {};
  const { CapacityProviderArn, PerExecutionEnvironmentMaxConcurrency, ExecutionEnvironmentMemoryGiBPerVCpu } =
    config.LambdaManagedInstancesCapacityProviderConfig;
  const own = capacityProviderArn(place);
  if (CapacityProviderArn !== own)
    throw invalidParameter(`The capacity provider ${CapacityProviderArn} does not exist. lambent has one: ${own}`);
  if (ExecutionEnvironmentMemoryGiBPerVCpu !== undefined) throw unsupported("ExecutionEnvironmentMemoryGiBPerVCpu");
  return { maxConcurrency: PerExecutionEnvironmentMaxConcurrency ?? CONCURRENCY_DEFAULT };
}

/** Throws where the other settings do not allow for several invocations at one time. */
export function checkConcurrency({ maxConcurrency, runtime, logging }: FunctionSettings): void {
  if (maxConcurrency === undefined) return;
  // Our guests of managed runtimes ask for one event at a time.
  if (!runtime.startsWith("provided.")) throw unsupported(`CapacityProviderConfig with the runtime ${runtime}`);
  if (logging.format !== "JSON") throw invalidParameter("Functions with a capacity provider support only the log format JSON.");
}

export function describeCapacity(place: Place, { maxConcurrency }: FunctionSettings): { CapacityProviderConfig?: CapacityProviderConfig } {
  if (maxConcurrency === undefined) return {};
  const config = { CapacityProviderArn: capacityProviderArn(place), PerExecutionEnvironmentMaxConcurrency: maxConcurrency };
  return { CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: config } };
}
