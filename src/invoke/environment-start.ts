// What one environment starts from: its log, its Runtime API, which shape of stem, which command, which limits. The rest is environment.ts's.

import { access } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { FunctionVersion } from "../functions/version.ts";
import type { SessionParts } from "../runtime-api/runtime-session.ts";
import type { BootstrapPlace, RuntimeLaunch } from "../runtimes/runtime.ts";
import type { Exit, Launch, SandboxPaths, Stem } from "../sandbox/sandbox.ts";
import { EnvironmentLog } from "./environment-log.ts";
import { extensionNames, extensionPrograms } from "./extension-programs.ts";
import { type Entrypoint, fromExit, type Outcome } from "./outcome.ts";
import { PlatformRecords } from "./platform-records.ts";
import type { CodeDirectories, InitializationType, InvokerParts, SandboxService } from "./ports.ts";
import { recordUsd } from "./report.ts";
import { shapeFor } from "./shape-for.ts";
import { systemLinesOf } from "./system-lines.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { type RoleCredentials, runtimeVariables } from "./variables.ts";

/** AWS gives a function one core at 1,769 MB, and its share of it below. */
const MEMORY_MB_PER_CORE = 1769;

export function sessionParts(version: FunctionVersion, { settings, random }: Pick<InvokerParts, "settings" | "random">): SessionParts {
  const facts = { functionName: version.name, functionVersion: version.version, handler: version.handler, accountId: version.account };
  return { responseBytesMax: settings.responseBytesMax, facts, uuid: random.uuid };
}

export function openLog(
  version: FunctionVersion,
  logStream: string,
  telemetry: Telemetry,
  { logs, clock, settings, initialization = "on-demand", prices }: InvokerParts,
): EnvironmentLog {
  const { account, region, logGroup: group } = version;
  const lineEnd = version.logFormat === "JSON" ? "" : "\n";
  const stream = { account, region, group, stream: logStream, lineEnd } as const;
  const records = new PlatformRecords(version, initialization);
  return new EnvironmentLog({
    stream,
    writer: logs,
    clock,
    rate: settings.outputRate,
    lines: systemLinesOf(version, clock, records),
    records,
    telemetry,
    hasGuest: !version.runtime.startsWith("provided."),
    costOf: prices && ((record) => recordUsd(record, prices, initialization === "provisioned-concurrency")),
  });
}

/** The Runtime API and the services answer what comes from inside. */
export function listenInside(
  stem: Stem,
  services: readonly SandboxService[],
  version: FunctionVersion,
  runtimeApi: (socket: Socket) => void,
): void {
  stem.onConnection("runtime", runtimeApi);
  for (const service of services) stem.onConnection(service.listener.name, (socket) => service.accept(socket, version));
}

export interface Prepared {
  readonly stem: Stem;
  readonly launch: Launch;
  readonly code: CodeDirectories;
  /** External extensions, which are started with it. */
  readonly extensions: readonly string[];
}

/** Everything that may fail or take time before a process is started. The stem must be started or discarded. */
export async function prepareLaunch(
  version: FunctionVersion,
  runtime: RuntimeLaunch,
  logStream: string,
  parts: InvokerParts,
): Promise<Prepared> {
  const [code, credentials] = await Promise.all([parts.codeFor(version), parts.credentialsFor(version)]);
  const [bootstrapIn, extensions] = await Promise.all([bootstrapPlace(code), extensionNames(code.layers)]);
  const stem = await parts.stems.prepare(shapeFor(version, runtime, parts));
  const { initialization } = parts;
  const command = commandFor({ version, runtime, credentials, logStream, stem, bootstrapIn, initialization });
  const launch = launchOf(version, code, command, parts.settings);
  if (extensions.length === 0) return { stem, code, extensions, launch };
  const companions = (paths: SandboxPaths) => extensionPrograms(extensions, paths, command(paths).variables);
  return { stem, code, extensions, launch: { ...launch, companions } };
}

interface CommandParts {
  readonly version: FunctionVersion;
  readonly runtime: RuntimeLaunch;
  readonly credentials: RoleCredentials;
  readonly logStream: string;
  readonly stem: Stem;
  readonly bootstrapIn: BootstrapPlace;
  readonly initialization: InitializationType | undefined;
}

/** A function of the paths, since where things stand is known only inside; used for the first start and after every reset. */
function commandFor({ version, runtime, credentials, logStream, stem, bootstrapIn, initialization }: CommandParts): Launch["command"] {
  const hasEndpoint = stem.shape.listeners.some((listener) => listener.name === "endpoint");
  const addresses = { runtimeApi: stem.address("runtime"), endpoint: hasEndpoint ? stem.address("endpoint") : undefined };
  return (paths) => {
    const variables = runtimeVariables({ version, runtime, paths, credentials, logStream, initialization, ...addresses });
    return { argv: runtime.argv(paths, variables, bootstrapIn), variables };
  };
}

function launchOf(version: FunctionVersion, code: CodeDirectories, command: Launch["command"], settings: InvokerParts["settings"]): Launch {
  return {
    ...code,
    command,
    memoryMb: version.memoryMb,
    cpuShare: version.memoryMb / MEMORY_MB_PER_CORE,
    tmpMb: version.tmpMb,
    pidsMax: settings.pidsMax,
    filesMax: settings.filesMax,
  };
}

/** What the caller gets when the runtime process ended by itself. */
export async function exitOutcome(exit: Exit, requestId: string, code: CodeDirectories | undefined): Promise<Outcome> {
  const isMissing = exit.kind === "not-started" && code !== undefined;
  return fromExit(exit, requestId, isMissing ? await findEntrypoint(code) : undefined);
}

/** Only for the message of a failed start: is the program missing, or only not executable here? */
async function findEntrypoint({ code, layers }: CodeDirectories): Promise<Entrypoint> {
  const program = "/var/task/bootstrap";
  if (await exists(join(code, "bootstrap"))) return { program, exists: true };
  if (layers !== undefined && (await exists(join(layers, "bootstrap")))) return { program: "/opt/bootstrap", exists: true };
  return { program, exists: false };
}

async function bootstrapPlace(code: CodeDirectories): Promise<BootstrapPlace> {
  if (code.layers === undefined) return "task";
  return (await findEntrypoint(code)).program === "/opt/bootstrap" ? "layers" : "task";
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
