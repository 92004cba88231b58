// Starts one server and takes it apart again, in reverse order. With its folder the only place that knows every room. What takes long by itself
// begins first; most files are read meanwhile (docs/decisions/0032).

import type { Config } from "./config.ts";
import type { Operator } from "./operator.ts";
import type { OnEnd } from "./platform/parts.ts";
import { startStore } from "./platform/store.ts";
import { chooseDriver } from "./sandbox/drivers.ts";
import { StoreError } from "./store/database.ts";

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
  const close = () => takeApart(cleanUp, operator);
  try {
    return { ...(await build(config, operator, cleanUp)), close };
  } catch (error) {
    await close().catch((cause) => operator.warn("The server could not be taken apart after a failed start", cause));
    throw error;
  }
}

/** A store that is away is no reason to end otherwise: leases end by themselves, and nothing that was acknowledged is lost. Rejects with defects. */
async function takeApart(cleanUp: (() => Promise<void>)[], operator: Operator): Promise<void> {
  const defects: unknown[] = [];
  for (const step of cleanUp.splice(0).reverse()) {
    await step().catch((error: unknown) => {
      if (error instanceof StoreError) operator.warn("A part of this server could not be ended in order: its store does not answer", error);
      else defects.push(error);
    });
  }
  if (defects.length > 0) throw defects.length === 1 ? defects[0] : new AggregateError(defects, "several parts could not be ended");
}

async function build(config: Config, operator: Operator, cleanUp: (() => Promise<void>)[]): Promise<Omit<Platform, "close">> {
  const onEnd: OnEnd = (step) => void cleanUp.push(step);
  const choosing = chooseDriver({ ...config, onWait: operator.note });
  onEnd(async () => (await choosing.catch(() => undefined))?.driver.close());
  const opening = startStore(config, operator, onEnd);
  for (const begun of [choosing, opening]) begun.catch(() => {}); // awaited later; one that fails meanwhile must not end the process
  const { startServer } = await import("./platform/server.ts");
  return startServer({ config, operator, onEnd, opening, choosing });
}
