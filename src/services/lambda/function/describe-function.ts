// A version as AWS's FunctionConfiguration. Every key that AWS always sends is always there: Terraform sees a missing one as a change.

import { createHash } from "node:crypto";
import type { Name } from "../../../functions/catalogue.ts";
import type { VersionRecord } from "../../../functions/function-record.ts";
import { partitionOf } from "../../../functions/name.ts";
import type { LoggingSettings } from "../../../functions/settings.ts";
import type { FunctionConfiguration, LoggingConfig, Runtime } from "../../../models/lambda.ts";
import { describeCapacity } from "./capacity.ts";

const CREATING = { reason: "The function is being created.", code: "Creating" } as const;

/** `arn` is with or without a qualifier, as the operation shows it. */
export function describeFunction(of: Name, version: VersionRecord, arn: string): FunctionConfiguration {
  return {
    ...describeListed(of, version, arn),
    ...stateOf(version),
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(of.region, version.settings.runtime) },
  };
}

/** Lists leave out state and runtime version. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function describeListed(of: Name, version: VersionRecord, arn: string): FunctionConfiguration {
  const { settings, code } = version;
  return {
    FunctionName: of.name,
    FunctionArn: arn,
    Runtime: settings.runtime as Runtime, // checked when it was set
    Role: settings.role,
    Handler: settings.handler,
    CodeSize: code.size,
    Description: version.description,
    Timeout: settings.timeoutS,
    MemorySize: settings.memoryMb,
    LastModified: awsTime(version.modifiedMs),
    CodeSha256: code.sha256,
    Version: version.version,
    ...(settings.variables === undefined ? {} : { Environment: { Variables: { ...settings.variables } } }),
    ...(settings.layers === undefined ? {} : { Layers: settings.layers.map(({ arn, size }) => ({ Arn: arn, CodeSize: size })) }),
    ...(settings.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: settings.deadLetterArn } }),
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: version.revisionId,
    PackageType: "Zip",
    Architectures: [settings.architecture],
    EphemeralStorage: { Size: settings.tmpMb },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: describeLogging(settings.logging),
    ...describeCapacity(of, settings),
  };
}

/** Stable for a runtime, as AWS's are for a while. */
function runtimeVersionArn(region: string, runtime: string): string {
  const id = createHash("sha256").update(`lambent ${runtime}`).digest("hex");
  return `arn:${partitionOf(region)}:lambda:${region}::runtime:${id}`;
}

// AWS gives an update in progress the reason of a creation: recorded so.
function stateOf(version: VersionRecord): Partial<FunctionConfiguration> {
  if (version.state === "Pending") return { State: "Pending", StateReason: CREATING.reason, StateReasonCode: CREATING.code };
  if (version.updateStatus === "Successful") return { State: "Active", LastUpdateStatus: "Successful" };
  return {
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: CREATING.reason,
    // AWS sends this code although the model's enum does not have it.
    LastUpdateStatusReasonCode: CREATING.code as NonNullable<FunctionConfiguration["LastUpdateStatusReasonCode"]>,
  };
}

function describeLogging({ format, group, applicationLevel, systemLevel }: LoggingSettings): LoggingConfig {
  return {
    LogFormat: format,
    ...(applicationLevel === undefined ? {} : { ApplicationLogLevel: applicationLevel as LoggingConfig["ApplicationLogLevel"] }),
    ...(systemLevel === undefined ? {} : { SystemLogLevel: systemLevel as LoggingConfig["SystemLogLevel"] }),
    LogGroup: group,
  };
}

// 2025-11-25T02:26:54.000+0000
export function awsTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+0000");
}
