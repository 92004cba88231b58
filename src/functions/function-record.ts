// A function in memory: its versions and aliases as the API shows them, and what the data plane runs of each version.

import type { AliasRow, FunctionRow, UpdateStatus, VersionRow, VersionState } from "./catalogue.procs.ts";
import type { FunctionConcurrency } from "./concurrency.ts";
import type { EventInvokes } from "./event-invoke.ts";
import { functionArn } from "./name.ts";
import { type CodeReference, type FunctionSettings, type LayerReference, readSettings } from "./settings.ts";
import type { FunctionVersion, VersionLayers } from "./version.ts";

export const LATEST = "$LATEST";

export interface VersionRecord {
  readonly number: number;
  /** "$LATEST" or the number. */
  readonly version: string;
  readonly revisionId: string;
  readonly modifiedMs: number;
  readonly state: VersionState;
  readonly updateStatus: UpdateStatus;
  readonly code: CodeReference;
  readonly fingerprint: string;
  readonly description: string;
  readonly settings: FunctionSettings;
}

export interface AliasRecord {
  readonly name: string;
  readonly version: string;
  /** A part of the invocations, `weight` in 0 … 1, goes to another version. */
  readonly second: { readonly version: string; readonly weight: number } | undefined;
  readonly description: string;
  readonly revisionId: string;
}

/** Written by the catalogue alone; everyone else reads. */
export interface FunctionRecord {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly versions: ReadonlyMap<string, VersionRecord>;
  readonly aliases: ReadonlyMap<string, AliasRecord>;
  /** What invocations run. During an update it is still the former revision; a function being created is not in it yet. */
  readonly running: ReadonlyMap<string, FunctionVersion>;
  readonly tags: ReadonlyMap<string, string>;
  readonly concurrency: FunctionConcurrency;
  readonly eventInvokes: EventInvokes;
}

export function versionName(number: number): string {
  return number === 0 ? LATEST : String(number);
}

export function latestOf(record: FunctionRecord): VersionRecord {
  return record.versions.get(LATEST)!; // every function has one, from its first transaction on
}

export function versionRecord(row: VersionRow): VersionRecord {
  return {
    number: row.number,
    version: versionName(row.number),
    revisionId: row.revision,
    modifiedMs: row.modified_at,
    state: row.state,
    updateStatus: row.update_status,
    code: { key: row.code_key, sha256: row.code_sha256, size: row.code_size },
    fingerprint: row.fingerprint,
    description: row.description,
    settings: readSettings(row.settings),
  };
}

export function aliasRecord(row: AliasRow): AliasRecord {
  const { second_number, second_weight } = row;
  return {
    name: row.name,
    version: versionName(row.number),
    second: second_number === null ? undefined : { version: versionName(second_number), weight: second_weight ?? 0 },
    description: row.description,
    revisionId: row.revision,
  };
}

/** What the data plane needs of a version that has settled. */
export function runnableVersion(of: FunctionRow, record: VersionRecord): FunctionVersion {
  const { settings, code } = record;
  const { logging, layers } = settings;
  return {
    functionId: of.id,
    account: of.account,
    region: of.region,
    name: of.name,
    version: record.version,
    functionArn: functionArn(of),
    revisionId: record.revisionId,
    runtime: settings.runtime,
    handler: settings.handler,
    role: settings.role,
    architecture: settings.architecture,
    timeoutMs: settings.timeoutS * 1000,
    memoryMb: settings.memoryMb,
    tmpMb: settings.tmpMb,
    variables: settings.variables ?? {},
    codeKey: code.key,
    codeSha256: code.sha256,
    ...(layers === undefined ? {} : { layers: layersOf(layers) }),
    ...(settings.maxConcurrency === undefined ? {} : { maxConcurrency: settings.maxConcurrency }),
    logGroup: logging.group,
    logFormat: logging.format,
    ...(logging.applicationLevel === undefined ? {} : { applicationLogLevel: logging.applicationLevel }),
    ...(logging.systemLevel === undefined ? {} : { systemLogLevel: logging.systemLevel }),
  };
}

function layersOf(layers: readonly LayerReference[]): VersionLayers {
  return { keys: layers.map(({ key }) => key), haveLibraries: layers.some(({ hasLibraries }) => hasLibraries) };
}
