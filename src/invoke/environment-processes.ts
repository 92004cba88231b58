// What runs inside one environment, and what it says: the runtime, its extensions, in which order they start and end. Invocations are environment.ts's.
//
//   extensions ──all registered──▶ runtime ──all at /next──▶ settled ⇄ working
//   the end: SIGTERM to the runtime ──▶ SHUTDOWN to the extensions ──▶ SIGKILL to what is left
//
// Discipline: while a start or restart is under way nothing is told; when it is done, what happened meanwhile is looked at once.

import type { FunctionVersion } from "../functions/version.ts";
import type { Extension } from "../runtime-api/extension.ts";
import type { ExtensionListener } from "../runtime-api/extension-registry.ts";
import type { RuntimeEvent, RuntimeInitError, RuntimeListener, RuntimeResponse } from "../runtime-api/runtime-event.ts";
import { RuntimeSession } from "../runtime-api/runtime-session.ts";
import type { Session } from "../runtime-api/session.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import type { Exit } from "../sandbox/sandbox.ts";
import { listenInside, type Prepared, sessionParts } from "./environment-start.ts";
import { type Fault, faultOfExit, faultOfExtension } from "./fault.ts";
import type { CodeDirectories, InvokerParts } from "./ports.ts";
import { RuntimeProcess } from "./runtime-process.ts";

/** As the wire has them. */
export type ShutdownReason = "spindown" | "timeout" | "failure";

export interface ProcessesListener {
  /** Runtime and extensions all wait for the next event. */
  onSettled(): void;
  /** The runtime waits, while extensions still work. */
  onRuntimeReady(): void;
  /** The runtime's parked /next went away. */
  onAway(): void;
  onResponse(response: RuntimeResponse, requestId: string | undefined): void;
  /** Posted to /init/error; the runtime is expected to exit by itself. */
  onInitError(): void;
  onFault(fault: Fault): void;
  onSubscription(name: string, subscription: Subscription): void;
  /** Extensions are about to be told that it ends; what they are still to hear goes out first. */
  onShutdown(): Promise<void>;
  onFrozen(): void;
  /** The sandbox is gone or does not obey: not the function's fault. */
  onBroken(message: string, error: unknown): void;
}

export class EnvironmentProcesses implements RuntimeListener, ExtensionListener {
  readonly #version: FunctionVersion;
  readonly #parts: InvokerParts;
  readonly #listener: ProcessesListener;
  readonly #session: Session;
  #process: RuntimeProcess | undefined;
  #code: CodeDirectories | undefined;
  #extensionNames: readonly string[] = [];
  #initError: RuntimeInitError | undefined;
  #isStarting = true;
  #isRuntimeStarted = false;

  /** Without `makeSession` one that serves an invocation at a time. */
  constructor(
    version: FunctionVersion,
    parts: InvokerParts,
    listener: ProcessesListener,
    makeSession: (listener: RuntimeListener & ExtensionListener) => Session = (self) =>
      new RuntimeSession(self, sessionParts(version, parts)),
  ) {
    this.#version = version;
    this.#parts = parts;
    this.#listener = listener;
    this.#session = makeSession(this);
  }

  /** Undefined until they were started. */
  get process(): RuntimeProcess | undefined {
    return this.#process;
  }

  /** False once the runtime has ended, until restart(). */
  get hasRuntime(): boolean {
    return this.#session.isOpen;
  }

  get isSettled(): boolean {
    return !this.#isStarting && this.#session.isSettled;
  }

  get initError(): RuntimeInitError | undefined {
    return this.#initError;
  }

  get hasExtensions(): boolean {
    return this.#session.extensions.count > 0;
  }

  get extensions(): readonly Extension[] {
    return this.#session.extensions.all;
  }

  /** Rejects if the sandbox could not be set up. Nothing is told before watch(). */
  async start({ stem, launch, code, extensions }: Prepared): Promise<RuntimeProcess> {
    this.#code = code;
    this.#extensionNames = extensions;
    this.#session.extensions.expect(extensions);
    listenInside(stem, this.#parts.services, this.#version, (socket) => this.#session.connect(socket));
    const { freezeAfterMs } = this.#parts.settings;
    this.#process = await RuntimeProcess.start(stem, launch, extensions, { events: this.#events(), freezeAfterMs });
    return this.#process;
  }

  watch(): void {
    this.#process?.watch();
    this.#started();
  }

  /** Everything inside ends and starts again. */
  async restart(): Promise<void> {
    this.#isStarting = true;
    this.#isRuntimeStarted = false;
    this.#initError = undefined;
    this.#session.open();
    this.#session.extensions.expect(this.#extensionNames);
    await this.#process?.restart();
    this.#started();
  }

  /** Only while settled. */
  deliver(event: RuntimeEvent): void {
    this.#session.deliver(event);
  }

  /** The runtime ends, then the extensions are told and have their time. Rejects if the runtime hangs in the kernel. */
  resetAfter({ failure }: Fault): Promise<void> {
    return this.#reset(failure.status === "timeout" ? "timeout" : "failure");
  }

  async #reset(reason: ShutdownReason): Promise<void> {
    const hasExternal = this.#session.extensions.hasExternal;
    const { externalMs, runtimeMs } = this.#parts.settings.shutdown;
    const untilMs = performance.now() + externalMs;
    this.#session.endRuntime();
    if (hasExternal) await this.#process?.terminate(runtimeMs);
    await this.#process?.kill();
    if (hasExternal) await this.#endExtensions(reason, untilMs);
    this.#session.close();
  }

  /** On the way out. Extensions are what entitles a runtime to SIGTERM and time to end; without them AWS kills at once. */
  async shutDown(): Promise<void> {
    const { count, hasExternal } = this.#session.extensions;
    if (count === 0 || !this.#session.isOpen) return;
    if (hasExternal) await this.#reset("spindown");
    else await this.#process?.terminate(this.#parts.settings.shutdown.internalMs);
  }

  /** Nothing that they still say counts, and they get no CPU, until restart(). */
  close(): void {
    this.#session.close();
    this.#process?.freezeNow();
  }

  /** At once. */
  async stop(): Promise<void> {
    this.#session.close();
    await this.#process?.stop();
  }

  // ── what they say ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  onReady(): void {
    if (this.isSettled) this.#listener.onSettled();
    else if (!this.#isStarting) this.#listener.onRuntimeReady();
  }

  onExtensionsReady(): void {
    if (this.isSettled) this.#listener.onSettled();
  }

  onExtensionsRegistered(): void {
    this.#startRuntime();
  }

  onAway(): void {
    this.#listener.onAway();
  }

  onResponse(response: RuntimeResponse, requestId?: string): void {
    this.#listener.onResponse(response, requestId);
  }

  onInitError(error: RuntimeInitError): void {
    this.#initError = error;
    this.#listener.onInitError();
  }

  onSubscription(extension: Extension, subscription: Subscription): void {
    this.#listener.onSubscription(extension.name, subscription);
  }

  onExtensionError(extension: Extension): void {
    this.#listener.onFault(faultOfExtension(extension, undefined));
  }

  #events() {
    return {
      onEnd: (exit: Exit) => this.#runtimeEnded(exit),
      onCompanionEnd: (name: string, exit: Exit) => this.#extensionEnded(name, exit),
      onFrozen: () => this.#listener.onFrozen(),
      onLost: () => this.#listener.onBroken("a sandbox went away", undefined),
    };
  }

  #runtimeEnded(exit: Exit): void {
    this.#session.endRuntime();
    if (exit.kind === "out-of-memory") this.#process?.peak.reached(this.#version.memoryMb * 1024 * 1024);
    this.#listener.onFault(faultOfExit(exit, this.#initError, this.#code));
  }

  #extensionEnded(name: string, exit: Exit): void {
    const extension = this.#session.extensions.named(name);
    if (extension === undefined) return; // of those before a restart
    const fault = faultOfExtension(extension, exit);
    extension.ended(exit.kind === "not-started" ? launchErrorType(exit.errno) : undefined);
    this.#listener.onFault(fault);
  }

  // ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #started(): void {
    this.#isStarting = false;
    this.#startRuntime();
    if (this.isSettled) this.#listener.onSettled();
  }

  /** Without extensions it was started at once. */
  #startRuntime(): void {
    const isDue = !this.#isStarting && this.#session.isOpen && this.#extensionNames.length > 0 && this.#session.extensions.areRegistered;
    if (!isDue || this.#isRuntimeStarted) return;
    this.#isRuntimeStarted = true;
    this.#process?.startRuntime().catch((error: unknown) => this.#listener.onBroken("a runtime could not be started", error));
  }

  async #endExtensions(reason: ShutdownReason, untilMs: number): Promise<void> {
    await this.#listener.onShutdown();
    const leftMs = Math.max(0, untilMs - performance.now());
    this.#session.extensions.shutdown(reason, Date.now() + Math.round(leftMs));
    const told = this.#session.extensions.all.filter((extension) => extension.isExternal && extension.wants("SHUTDOWN"));
    await this.#process?.companionsEnded(
      told.map(({ name }) => name),
      leftMs,
    );
  }
}

/** As AWS's EXTENSION lines name it. */
function launchErrorType(errno: string): string {
  return errno === "EACCES" ? "PermissionDenied" : "UnknownError";
}
