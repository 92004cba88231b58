// The environment variables of a runtime process (lifecycle §2, recorded from AWS). Reserved ones win over the function's, those over defaults.

import type { FunctionVersion } from "../functions/version.ts";
import type { RuntimeLaunch } from "../runtimes/runtime.ts";
import type { SandboxPaths } from "../sandbox/sandbox.ts";
import type { InitializationType } from "./ports.ts";

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface VariableParts {
  readonly version: FunctionVersion;
  readonly runtime: Pick<RuntimeLaunch, "defaults" | "reserved" | "mounts">;
  readonly paths: SandboxPaths;
  readonly credentials: RoleCredentials;
  readonly logStream: string;
  /** Default on-demand. */
  readonly initialization?: InitializationType | undefined;
  /** host:port */
  readonly runtimeApi: string;
  /** host:port of this program's AWS endpoint as seen from inside; none where there is none. */
  readonly endpoint?: string | undefined;
}

export function runtimeVariables(parts: VariableParts): Record<string, string> {
  return { ...defaults(parts), ...parts.version.variables, ...reserved(parts) };
}

/** X-Ray's are set, as on AWS, although nothing listens there: the SDKs' tracers send by UDP and do not wait. */
function defaults({ runtime, paths, endpoint }: VariableParts): Record<string, string> {
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:${paths.layers}/bin`,
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:${paths.layers}/lib`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "169.254.100.1:2000",
    _AWS_XRAY_DAEMON_ADDRESS: "169.254.100.1",
    _AWS_XRAY_DAEMON_PORT: "2000",
    // Without a namespace of its own /tmp is elsewhere; what asks for the temporary directory politely finds it.
    ...(paths.tmp === "/tmp" ? {} : { TMPDIR: paths.tmp }),
    // AWS: not set there. Here it leads every SDK in the function to this program.
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: `http://${endpoint}` }),
    ...runtime.defaults(paths),
  };
}

function reserved({
  version,
  runtime,
  paths,
  credentials,
  logStream,
  runtimeApi,
  initialization = "on-demand",
}: VariableParts): Record<string, string> {
  return {
    _HANDLER: version.handler,
    AWS_REGION: version.region,
    AWS_DEFAULT_REGION: version.region,
    AWS_LAMBDA_FUNCTION_NAME: version.name,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: initialization,
    AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    LAMBDA_TASK_ROOT: paths.task,
    LAMBDA_RUNTIME_DIR: runtimeDirectory(runtime, paths),
    ...loggingVariables(version),
    ...(initialization === "lambda-managed-instances" ? { AWS_LAMBDA_MAX_CONCURRENCY: String(version.maxConcurrency) } : {}),
    ...runtime.reserved,
  };
}

function runtimeDirectory(runtime: Pick<RuntimeLaunch, "mounts">, paths: SandboxPaths): string {
  const isMounted = runtime.mounts.some((mount) => mount.to === "/var/runtime");
  return isMounted ? paths.mounted("/var/runtime") : "/var/runtime";
}

/** Advanced logging alone adds these; text format without levels does not. */
function loggingVariables(version: FunctionVersion): Record<string, string> {
  const isAdvanced = version.logFormat === "JSON" || version.applicationLogLevel !== undefined;
  if (!isAdvanced) return {};
  const level = version.applicationLogLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: version.applicationLogLevel };
  return { AWS_LAMBDA_LOG_FORMAT: version.logFormat, ...level };
}

/** "2026/04/03/[$LATEST]1a2b…"; in a group of the user's own the function's name stands before the bracket. */
export function logStreamName(version: FunctionVersion, nowMs: number, hex: string): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  const isOwnGroup = version.logGroup !== `/aws/lambda/${version.name}`;
  return `${day}/${isOwnGroup ? version.name : ""}[${version.version}]${hex}`;
}
