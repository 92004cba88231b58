// What an environment tells whoever made it: the pool. And what the pool asks of it.

import type { EndCause, EnvironmentState } from "./environment-state.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { InvocationRecord } from "./report.ts";

/** An environment, or one place in an environment that serves several invocations at one time. */
export interface PooledEnvironment {
  readonly state: EnvironmentState["name"];
  /** Since when it waits for work, in Clock's milliseconds; undefined while it does not wait. */
  readonly idleSinceMs: number | undefined;
  /** It takes no more work. */
  readonly isOld: boolean;
  /** Its invocation is over and is only being reported. */
  readonly isReporting: boolean;
  /** Resolves when its processes were started; its owner hears when it is available. */
  start(): Promise<void>;
  /** Only while it is available. `onEnd` is called once the environment is done with it. */
  deliver(invocation: Invocation, onEnd: (record: InvocationRecord | undefined) => void): Promise<InvocationResult>;
  stop(cause: EndCause): Promise<void>;
}

export interface EnvironmentOwner<E = PooledEnvironment> {
  /** It can take an invocation: idle, or reset. */
  available(environment: E): void;
  /** Its caller has the answer; as a rule it will be available in a moment. */
  answered(environment: E): void;
  /** No longer available: its parked /next went away. */
  away(environment: E): void;
  gone(environment: E): void;
}
