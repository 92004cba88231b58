// What a function is set to, apart from its code: kept as one JSON text per version, always in this form.

import { createHash } from "node:crypto";

export interface FunctionSettings {
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly architecture: "x86_64" | "arm64";
  readonly timeoutS: number;
  readonly memoryMb: number;
  readonly tmpMb: number;
  /** Absent when never set; an empty map that was set is kept and shown. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly logging: LoggingSettings;
  /** In the order of merging; absent when there is none. */
  readonly layers?: readonly LayerReference[];
  /** Where events go that could not be processed: the ARN of a queue. Of the function as a whole: only that of $LATEST counts. */
  readonly deadLetterArn?: string;
  /** Invocations that one environment serves at one time; absent: one, in environments that are frozen between them. */
  readonly maxConcurrency?: number;
  /** Of the function as a whole: only that of $LATEST counts. Absent: Terminate. */
  readonly recursiveLoop?: "Allow" | "Terminate";
}

/** A version of a layer as a function keeps it, so that it outlives the layer. */
export interface LayerReference {
  readonly arn: string;
  /** In the blob store. */
  readonly key: string;
  /** Bytes of the zip. */
  readonly size: number;
  readonly unzippedBytes: number;
  /** It has a lib/, which the dynamic linker must know when a process starts. */
  readonly hasLibraries: boolean;
}

export interface LoggingSettings {
  readonly format: "Text" | "JSON";
  readonly group: string;
  readonly applicationLevel?: string;
  readonly systemLevel?: string;
}

export interface CodeReference {
  /** In the blob store. */
  readonly key: string;
  /** Base64, as AWS shows it. */
  readonly sha256: string;
  /** Bytes of the zip. */
  readonly size: number;
}

export function writeSettings(settings: FunctionSettings): string {
  return JSON.stringify(settings);
}

export function readSettings(text: string): FunctionSettings {
  return JSON.parse(text) as FunctionSettings;
}

/** Equal for two versions exactly when PublishVersion would have nothing new to publish. */
export function fingerprintOf(settings: FunctionSettings, description: string, code: CodeReference): string {
  const variables = settings.variables && Object.entries(settings.variables).sort(([a], [b]) => (a < b ? -1 : 1));
  const { runtime, handler, role, architecture, timeoutS, memoryMb, tmpMb, logging, layers, deadLetterArn, maxConcurrency } = settings;
  const { format, group, applicationLevel, systemLevel } = logging;
  const all = [
    runtime,
    handler,
    role,
    architecture,
    timeoutS,
    memoryMb,
    tmpMb,
    variables ?? null,
    format,
    group,
    applicationLevel,
    systemLevel,
    ...(layers === undefined ? [] : [layers.map(({ arn }) => arn)]), // nothing more where there are none: former fingerprints still hold
    ...(deadLetterArn === undefined ? [] : [deadLetterArn]),
    ...(maxConcurrency === undefined ? [] : [{ maxConcurrency }]),
  ];
  return createHash("sha256")
    .update(JSON.stringify([all, description, code.sha256]))
    .digest("base64url");
}
