// The parsing thread: hashes, parses and validates the bodies that are too large for the event loop. One request at a time.

import { createHash } from "node:crypto";
import { type MessagePort, parentPort } from "node:worker_threads";
import { ServiceError } from "../lib/errors.ts";
import { MalformedRequest } from "./malformed.ts";
import type { Job, ParseJob, Reply } from "./parse-thread.ts";
import { codecs } from "./protocols.ts";
import { ServiceModels } from "./service-model.ts";
import { Validator } from "./validate.ts";

if (parentPort) serve(parentPort);

function serve(port: MessagePort): void {
  const models = new ServiceModels();
  const validator = new Validator();
  port.on("message", (job: Job) => {
    const reply = job.kind === "hash" ? hash(job.id, job.bytes) : { ...parse(job, models, validator), id: job.id };
    port.postMessage(reply, transferable(reply));
  });
}

function hash(id: number, bytes: Uint8Array): Reply {
  return { kind: "hash", id, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function parse(job: ParseJob, models: ServiceModels, validator: Validator): DistributiveOmit<Reply, "id"> {
  try {
    const operation = models.get(job.service).operation(job.operation)!;
    const input = codecs[job.codec].readInput(operation, job.request);
    validator.validate(operation, input);
    return { kind: "input", input };
  } catch (error) {
    if (!(error instanceof ServiceError)) return { kind: "failure", error };
    const { code, status, message, fields } = error;
    return { kind: "refusal", refusal: { code, status, message, fields, isMalformed: error instanceof MalformedRequest } };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The memory of large byte members moves instead of being copied; small ones share a pool that must stay here. */
function transferable(value: unknown, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (value instanceof Uint8Array) {
    const { buffer } = value;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength && !found.includes(buffer)) found.push(buffer);
  } else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) transferable(inner, found);
  return found;
}
