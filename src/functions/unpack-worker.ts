// Entry of the unpack worker: one job after the other, so that a large zip costs one core and bounded memory.

import { parentPort } from "node:worker_threads";
import { Refusal, type RefusalReason, type Unpacked, type UnpackJob, unpack } from "./unpack.ts";

export interface UnpackRequest {
  readonly id: number;
  readonly job: UnpackJob;
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
    return { id, unpacked: await unpack(job) };
  } catch (error) {
    if (error instanceof Refusal) return { id, refused: error.reason, because: error.message };
    return { id, failed: error instanceof Error ? error.message : String(error) };
  }
}
