// A data plane for tests: the real invoker, real sandboxes (stem where it works, else plain processes), real programs, a log to read back.

import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunctions } from "../../scripts/build-functions.ts";
import type { FunctionVersion } from "../../src/functions/version.ts";
import type { Invocation, InvocationResult } from "../../src/invoke/invocation.ts";
import { invokeStreaming, type StreamedAnswer, type StreamLimits } from "../../src/invoke/invoke-streaming.ts";
import { createInvoker, type Invoker } from "../../src/invoke/invoker.ts";
import { defaultInvokerSettings, type InvokerParts, type InvokerSettings } from "../../src/invoke/ports.ts";
import type { InvocationRecord } from "../../src/invoke/report.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import type { LogStreamName, LogWriter } from "../../src/observe/log-writer.ts";
import type { RuntimeLaunch } from "../../src/runtimes/runtime.ts";
import { drivers } from "../../src/sandbox/drivers.ts";
import { ProcessDriver } from "../../src/sandbox/process.ts";
import type { SandboxDriver } from "../../src/sandbox/sandbox.ts";

export interface Line {
  readonly stream: string;
  readonly message: string;
}

/** Keeps what is written; `isUnderPressure` can be turned on, and off by relieve(). */
export class LogBook implements LogWriter {
  readonly lines: Line[] = [];
  isUnderPressure = false;
  #relief: (() => void)[] = [];

  write(to: LogStreamName, _timestampMs: number, message: string): void {
    this.lines.push({ stream: to.stream, message });
  }

  pressure(): boolean {
    return this.isUnderPressure;
  }

  onRelief(call: () => void): void {
    this.#relief.push(call);
  }

  relieve(): void {
    this.isUnderPressure = false;
    for (const call of this.#relief.splice(0)) call();
  }

  get messages(): string[] {
    return this.lines.map((line) => line.message);
  }
}

/** What a busy machine may need: no environment is started in the stead of one that is late, and all that is told to end ends by itself. */
const PATIENT: Partial<InvokerSettings> = {
  initTimeoutMs: 60_000,
  finishGraceMs: 60_000,
  shutdown: { internalMs: 30_000, externalMs: 30_000, runtimeMs: 600, telemetryMs: 15_000 },
};

export interface PlaneOptions {
  /** "process" for tests that look at processes from outside. */
  readonly sandbox?: "best" | "process";
  readonly settings?: Partial<InvokerSettings>;
  readonly version?: Partial<FunctionVersion>;
  readonly parts?: Partial<InvokerParts>;
}

export interface CallOptions {
  readonly tail?: boolean;
  readonly version?: FunctionVersion;
  readonly requestId?: string;
  readonly signal?: AbortSignal;
  readonly clientContext?: string;
}

export class DataPlane {
  readonly log = new LogBook();
  readonly records: InvocationRecord[] = [];
  readonly warnings: string[] = [];
  readonly driver: SandboxDriver;
  readonly version: FunctionVersion;
  readonly invoker: Invoker;
  readonly directory: string;
  #recorded: (() => void)[] = [];

  constructor(directory: string, driver: SandboxDriver, options: PlaneOptions) {
    this.directory = directory;
    this.driver = driver;
    this.version = { ...versionOf("tested"), ...options.version };
    this.invoker = createInvoker({
      stems: this.driver,
      launchFor: () => provided,
      codeFor: async () => ({ code: directory }),
      credentialsFor: () => ({ accessKeyId: "ASIATEST", secretAccessKey: "secret", sessionToken: "token" }),
      services: [],
      logs: this.log,
      clock: systemClock,
      random: systemRandom,
      onRecord: (record) => this.#record(record),
      warn: (message, error) => this.warnings.push(`${message}: ${error instanceof Error ? error.message : error}`),
      ...options.parts,
      settings: { ...defaultInvokerSettings, ...PATIENT, ...options.settings },
    });
  }

  invoke(event: unknown, options: CallOptions = {}): Promise<InvocationResult> {
    return this.invoker.invoke(this.#invocation(event, options), options.signal && { signal: options.signal });
  }

  stream(event: unknown, options: CallOptions & { readonly limits?: Partial<StreamLimits> } = {}): Promise<StreamedAnswer> {
    const limits = { streamedBytesMax: 200 * 1024 * 1024, streamBytesPerSecond: undefined, ...options.limits };
    const invoke = this.invoker.invoke.bind(this.invoker);
    return invokeStreaming(this.#invocation(event, options), options.signal ?? new AbortController().signal, { invoke, limits });
  }

  #invocation(event: unknown, options: CallOptions): Invocation {
    const payload = event instanceof Uint8Array ? event : Buffer.from(JSON.stringify(event));
    const version = options.version ?? this.version;
    return {
      requestId: options.requestId ?? randomUUID(),
      version,
      invokedArn: version.functionArn,
      payload,
      tail: options.tail ?? false,
      ...(options.clientContext === undefined ? {} : { clientContext: options.clientContext }),
    };
  }

  /** The answer's JSON. */
  async call(event: unknown, options: CallOptions = {}): Promise<unknown> {
    return jsonOf(await this.invoke(event, options));
  }

  /** Resolves when so many invocations have been reported in all. */
  async reported(count: number): Promise<readonly InvocationRecord[]> {
    while (this.records.length < count) await new Promise<void>((resolve) => this.#recorded.push(resolve));
    return this.records;
  }

  async close(): Promise<void> {
    this.log.relieve();
    await this.invoker.close(0);
    await this.driver.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #record(record: InvocationRecord): void {
    this.records.push(record);
    for (const call of this.#recorded.splice(0)) call();
  }
}

export const provided: RuntimeLaunch = {
  mounts: [],
  argv: (paths) => [join(paths.task, "bootstrap")],
  defaults: () => ({}),
  reserved: {},
  versionName: "provided:al2023.v1",
};

export function versionOf(name: string): FunctionVersion {
  return {
    functionId: 1,
    account: "000000000000",
    region: "eu-west-1",
    name,
    version: "$LATEST",
    functionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${name}`,
    revisionId: randomUUID(),
    runtime: "provided.al2023",
    handler: "bootstrap",
    role: "arn:aws:iam::000000000000:role/tested",
    architecture: "x86_64",
    timeoutMs: 60_000, // as long as a busy machine may take; a test of time-outs says its own
    memoryMb: 512,
    tmpMb: 512,
    variables: {},
    codeKey: "",
    codeSha256: "",
    logGroup: `/aws/lambda/${name}`,
    logFormat: "Text",
  };
}

let built: ReturnType<typeof buildFunctions> | undefined;

export async function functionProgram(name: string): Promise<string> {
  built ??= buildFunctions();
  const path = (await built)[name];
  if (path === undefined) throw new Error(`the fixture crate has no program ${name}`);
  return path;
}

/** A plane for one of the Rust programs of the fixture crate. */
export async function planeOf(program: string, options: PlaneOptions = {}): Promise<DataPlane> {
  const directory = await codeDirectory();
  await copyFile(await functionProgram(program), join(directory, "bootstrap"));
  return new DataPlane(directory, await openDriver(options), options);
}

/** A plane for a bootstrap given as text, with its #! line; none leaves the directory empty. */
export async function planeOfScript(text: string | undefined, options: PlaneOptions & { readonly mode?: number } = {}): Promise<DataPlane> {
  const directory = await codeDirectory();
  if (text !== undefined) await writeFile(join(directory, "bootstrap"), text);
  if (text !== undefined) await chmod(join(directory, "bootstrap"), options.mode ?? 0o755);
  return new DataPlane(directory, await openDriver(options), options);
}

/** As unpacked code lies: readable by the sandbox's own user. */
async function codeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lambent-plane-"));
  await chmod(directory, 0o755);
  return directory;
}

async function openDriver({ sandbox }: PlaneOptions): Promise<SandboxDriver> {
  if (sandbox === "process") return new ProcessDriver();
  try {
    return (await drivers.stem.open({ sandbox: "stem", network: "none", allowPrivateNetworks: false })).driver;
  } catch {
    return new ProcessDriver();
  }
}

export function jsonOf(result: InvocationResult): unknown {
  return JSON.parse(Buffer.from(result.payload).toString("utf8"));
}

/** Waits for a condition that other parts of the program bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
