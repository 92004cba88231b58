// Entry of the unpack worker: one job after the other, so that a large zip costs one core and bounded memory.

import { parentPort } from "node:worker_threads";
import { type MeasureJob, type MergeJob, measure, mergeLayers } from "./merge-layers.ts";
import { type Unpacked, type UnpackJob, unpack } from "./unpack.ts";
import { Refusal, type RefusalReason } from "./unpack-refusal.ts";

/** All that is done to trees of files, which is too slow for the event loop. */
export type TreeJob = UnpackJob | MergeJob | MeasureJob;

export interface UnpackRequest {
  readonly id: number;
  readonly job: TreeJob;
}

export type UnpackAnswer =
  | { readonly id: number; readonly unpacked: Unpacked }
  | { readonly id: number; readonly refused: RefusalReason; readonly because: string }
  | { readonly id: number; readonly failed: string };

let last = Promise.resolve();

parentPort?.on("message", (request: UnpackRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answer(request)));
});

async function answer({ id, job }: UnpackRequest): Promise<UnpackAnswer> {
  try {
    return { id, unpacked: await carryOut(job) };
  } catch (error) {
    if (error instanceof Refusal) return { id, refused: error.reason, because: error.message };
    return { id, failed: error instanceof Error ? error.message : String(error) };
  }
}

async function carryOut(job: TreeJob): Promise<Unpacked> {
  if ("layers" in job) return mergeLayers(job);
  return "tree" in job ? measure(job) : unpack(job);
}
