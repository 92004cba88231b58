// One version of one function as the data plane sees it: immutable, everything that an environment needs.

export interface FunctionVersion {
  readonly functionId: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** "$LATEST" or a number. */
  readonly version: string;
  /** Unqualified. */
  readonly functionArn: string;
  /** Changes with every update of code or configuration of this version; environments of another revision end. */
  readonly revisionId: string;
  readonly runtime: string; // "provided.al2023"
  readonly handler: string;
  readonly role: string;
  readonly architecture: "x86_64" | "arm64";
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly tmpMb: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Key of the zip in the blob store. */
  readonly codeKey: string;
  /** Base64 SHA-256 of the zip. */
  readonly codeSha256: string;
  /** Absent: none. */
  readonly layers?: VersionLayers;
  /** Invocations that one environment serves at one time; absent: one. */
  readonly maxConcurrency?: number;
  readonly logGroup: string;
  readonly logFormat: "Text" | "JSON";
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
}

export interface VersionLayers {
  /** Of their zips in the blob store, in the order of merging. */
  readonly keys: readonly string[];
  /** One of them has a lib/: a runtime must be started with it, not before. */
  readonly haveLibraries: boolean;
}

/** What a name and a qualifier lead to. */
export interface Resolved {
  readonly version: FunctionVersion;
  /** As the caller named it, qualifier included: the context's invoked_function_arn. */
  readonly invokedArn: string;
}

/** Names one revision of one version, the same on every node. */
export function revisionKey({ functionId, version, revisionId }: FunctionVersion): string {
  return `${functionId} ${version} ${revisionId}`;
}
