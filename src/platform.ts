// Starts one server and takes it apart again, in reverse order. With its folder the only place that knows every room. What takes long by itself
// begins first; most files are read meanwhile (docs/decisions/0032).

import type { Config } from "./config.ts";
import type { Operator } from "./operator.ts";
import type { OnEnd } from "./platform/parts.ts";
import { startStore } from "./platform/store.ts";
import { chooseDriver } from "./sandbox/drivers.ts";

export interface Platform {
  /** "http://127.0.0.1:4566" */
  readonly endpoint: string;
  /** Sentences about isolation and limits, the most important first. */
  readonly notes: readonly string[];
  /** Stops listening, lets running invocations end, flushes, and leaves no process behind. What fails keeps no other part from its end. */
  close(): Promise<void>;
}

/** Throws PlatformError with what to do about it, or Node's EADDRINUSE. */
export async function startPlatform(config: Config, operator: Operator): Promise<Platform> {
  const cleanUp: (() => Promise<void>)[] = [];
  const close = async () => {
    const failures: unknown[] = [];
    for (const step of cleanUp.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, "several parts could not be ended");
  };
  try {
    return { ...(await build(config, operator, cleanUp)), close };
  } catch (error) {
    await close().catch((cause) => operator.warn("The server could not be taken apart after a failed start", cause));
    throw error;
  }
}

async function build(config: Config, operator: Operator, cleanUp: (() => Promise<void>)[]): Promise<Omit<Platform, "close">> {
  const onEnd: OnEnd = (step) => void cleanUp.push(step);
  const choosing = chooseDriver(config);
  onEnd(async () => (await choosing.catch(() => undefined))?.driver.close());
  const opening = startStore(config, operator, onEnd);
  for (const begun of [choosing, opening]) begun.catch(() => {}); // awaited later; one that fails meanwhile must not end the process
  const { startServer } = await import("./platform/server.ts");
  return startServer({ config, operator, onEnd, opening, choosing });
}
