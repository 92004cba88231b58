// One place in an environment that serves several invocations at one time. To the pool it is an environment of its own.

import { Deadline } from "./deadline.ts";
import type { PooledEnvironment } from "./environment-owner.ts";
import type { EndCause, EnvironmentState } from "./environment-state.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { InvocationRecord } from "./report.ts";
import { Run } from "./run.ts";
import type { SharedEnvironment } from "./shared-environment.ts";

/** `waiting`: for a worker of the runtime that asks for an event. */
type SlotState = "waiting" | "idle" | "busy" | "gone";

export class SharedSlot implements PooledEnvironment {
  readonly environment: SharedEnvironment;
  readonly deadline = new Deadline(() => this.environment.expired(this));
  slotState: SlotState = "waiting";
  /** The pool knows it. */
  isShown: boolean;
  run: Run | undefined;

  constructor(environment: SharedEnvironment, isShown: boolean) {
    this.environment = environment;
    this.isShown = isShown;
  }

  get state(): EnvironmentState["name"] {
    return this.slotState === "waiting" ? "starting" : this.slotState;
  }

  /** That of the whole environment: it ends when nobody needs any of it. */
  get idleSinceMs(): number | undefined {
    return this.environment.idleSinceMs;
  }

  get isOld(): boolean {
    return this.environment.isOld;
  }

  get isReporting(): boolean {
    return this.run?.phase === "ending";
  }

  start(): Promise<void> {
    return this.environment.start();
  }

  deliver(invocation: Invocation, onEnd: (record: InvocationRecord | undefined) => void): Promise<InvocationResult> {
    this.run = new Run(invocation, onEnd);
    this.slotState = "busy";
    this.environment.begin(this, this.run);
    return this.run.answered;
  }

  stop(cause: EndCause): Promise<void> {
    return this.environment.release(this, cause);
  }
}
