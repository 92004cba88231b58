// What the data plane needs from the rooms above and below it, and the numbers it works with. platform.ts hands them in.

import type { Socket } from "node:net";
import type { FunctionVersion } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { PriceSheet } from "../metering/prices.ts";
import type { LogWriter } from "../observe/log-writer.ts";
import type { RuntimeLaunch } from "../runtimes/runtime.ts";
import type { Listener, SandboxDriver, Shape } from "../sandbox/sandbox.ts";
import type { Invocation } from "./invocation.ts";
import { defaultOutputRate, type OutputRate } from "./output-limit.ts";
import type { PermitsFor } from "./permits.ts";
import type { InvocationRecord } from "./report.ts";
import { awsScalingRate, type ScalingRate } from "./scaling.ts";
import type { RoleCredentials } from "./variables.ts";

/** Host directories of one version, unpacked. */
export interface CodeDirectories {
  readonly code: string;
  readonly layers?: string;
}

/** A listener beside the Runtime API in every sandbox: the AWS endpoint (named "endpoint"), or a host service that the operator exposes. */
export interface SandboxService {
  readonly listener: Listener;
  accept(socket: Socket, version: FunctionVersion): void;
}

export interface InvokerParts {
  /** A driver, or the pool of ready stems before it, which can also be told ahead what will be wanted. */
  readonly stems: Pick<SandboxDriver, "prepare"> & { warm?(shapes: readonly Shape[]): Promise<void> };
  launchFor(runtimeId: string): RuntimeLaunch | Promise<RuntimeLaunch>;
  codeFor(version: FunctionVersion): Promise<CodeDirectories>;
  credentialsFor(version: FunctionVersion): RoleCredentials | Promise<RoleCredentials>;
  readonly services: readonly SandboxService[];
  readonly logs: LogWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** Called once for every invocation that ended: metrics, usage, traces. Must not throw. */
  readonly onRecord: (record: InvocationRecord, initialization?: InitializationType) => void;
  /** By which REPORT says what an invocation cost. Absent: it does not. */
  readonly prices?: PriceSheet;
  /** An environment was initialised ahead of invocations: no record will tell of it. */
  readonly onInitialised?: (version: FunctionVersion, durationMs: number) => void;
  /** An invocation was refused for want of concurrency. */
  readonly onThrottle?: (invocation: Invocation) => void;
  /** What a person should see: an environment that could not be started or ended. */
  readonly warn: (message: string, error: unknown) => void;
  readonly settings: InvokerSettings;
  /** Absent: this node is the only one. */
  readonly permitsFor?: PermitsFor;
  /** Absent: on demand. */
  readonly initialization?: InitializationType;
}

/** As AWS_LAMBDA_INITIALIZATION_TYPE has it. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "lambda-managed-instances";

/** How long the parts of an environment have to end by themselves. */
export interface ShutdownWindows {
  /** A runtime with extensions of its own only. */
  readonly internalMs: number;
  /** All, where there are external extensions. */
  readonly externalMs: number;
  /** Of externalMs, the runtime before they are told. */
  readonly runtimeMs: number;
  /** Of externalMs, the delivery of what extensions are still to hear. */
  readonly telemetryMs: number;
}

export interface InvokerSettings {
  readonly network: "none" | "outbound";
  /** AWS: 1,000 per account and region. */
  readonly concurrencyMax: number;
  readonly scalingRate: ScalingRate;
  readonly keepIdleMs: number;
  /** AWS recycles environments every few hours too; the credentials in their variables hold for 12. */
  readonly lifetimeMsMax: number;
  readonly freezeAfterMs: number;
  readonly initTimeoutMs: number;
  readonly responseBytesMax: number;
  /** Environments being started at one time on this machine; more wait their turn, and often need none by then. */
  readonly startsMax: number;
  /** How long an answered environment is expected to ask for its next event before another is started in its stead. */
  readonly finishGraceMs: number;
  readonly shutdown: ShutdownWindows;
  readonly outputRate: OutputRate;
  readonly pidsMax: number;
  readonly filesMax: number;
}

/** AWS's 500 ms and 2 s, of which its emulator gives the runtime 30 %. */
const awsShutdown: ShutdownWindows = { internalMs: 500, externalMs: 2_000, runtimeMs: 600, telemetryMs: 300 };

export const defaultInvokerSettings: InvokerSettings = {
  network: "none",
  concurrencyMax: 1000,
  scalingRate: awsScalingRate,
  keepIdleMs: 5 * 60_000,
  lifetimeMsMax: 6 * 3_600_000,
  freezeAfterMs: 50,
  initTimeoutMs: 10_000,
  responseBytesMax: 6 * 1024 * 1024 + 100,
  startsMax: 32,
  finishGraceMs: 50,
  shutdown: awsShutdown,
  outputRate: defaultOutputRate,
  pidsMax: 1024,
  filesMax: 1024,
};
