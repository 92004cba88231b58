// Entry of the thread that translates large requests and answers of function URLs.

import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { eventOf, type UrlRequest } from "./event.ts";
import { responseOf } from "./result.ts";

export type TranslationJob =
  | { readonly kind: "event"; readonly request: UrlRequest; readonly body: Uint8Array }
  | { readonly kind: "response"; readonly payload: Uint8Array }
  | { readonly kind: "hash"; readonly body: Uint8Array };

export interface TranslationAnswer {
  readonly id: number;
  readonly value: unknown;
}

parentPort?.on("message", ({ id, job }: { readonly id: number; readonly job: TranslationJob }) => {
  parentPort?.postMessage({ id, value: carryOut(job) } satisfies TranslationAnswer);
});

function carryOut(job: TranslationJob): unknown {
  switch (job.kind) {
    case "event":
      return eventOf(job.request, job.body);
    case "response":
      return responseOf(job.payload);
    case "hash":
      return createHash("sha256").update(job.body).digest("hex");
  }
}
