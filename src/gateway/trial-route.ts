// /_lambent/trial: runs a function some times, cold and warm, at a memory size, and says how long it took and what it would cost. For the operator.

import type { Resolved } from "../functions/version.ts";
import type { Trials } from "../trial/trials.ts";
import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { JsonBody } from "./json-body.ts";
import { functionIn } from "./named-function.ts";

const BODY_BYTES_MAX = 7 * 1024 * 1024;
const SAMPLES_MAX = 1_000;
const MEMBERS = ["name", "account", "region", "qualifier", "payload", "memoryMb", "cold", "warmUp", "warmMin", "warmMax", "precision"];

export interface TrialRouteParts {
  readonly trials: Trials;
  /** Throws ServiceError. */
  resolve(name: { readonly account: string; readonly region: string; readonly name: string }, qualifier: string | undefined): Resolved;
  /** Whether a function gets the CPU share of its memory, and no more memory than that. */
  readonly enforced: { readonly cpu: boolean; readonly memory: boolean };
}

export function trialRoute({ trials, resolve, enforced }: TrialRouteParts): InternalRoute {
  return {
    method: "POST",
    prefix: `${INTERNAL_PREFIX}trial`,
    async handle(request) {
      const body = await JsonBody.read(request, BODY_BYTES_MAX, MEMBERS);
      const trial = await trials.run(resolvedOf(body, resolve), {
        payload: Buffer.from(JSON.stringify(body.any("payload") ?? {})),
        memoryMb: body.has("memoryMb") ? body.whole("memoryMb", { min: 128, max: 10_240 }, 128) : undefined,
        cold: body.whole("cold", { min: 0, max: 100 }, 0),
        warmUp: body.whole("warmUp", { min: 0, max: SAMPLES_MAX }, 3),
        warmMin: body.whole("warmMin", { min: 1, max: SAMPLES_MAX }, 20),
        warmMax: body.whole("warmMax", { min: 1, max: SAMPLES_MAX }, 200),
        precision: body.number("precision", { min: 0, max: 1 }, 0.05),
      });
      return jsonResponse(200, { ...trial, enforced });
    },
  };
}

/** The function that a body names. Throws ServiceError. */
function resolvedOf(body: JsonBody, resolve: TrialRouteParts["resolve"]): Resolved {
  const named = functionIn((name) => body.optionalText(name), "InvokeFunction");
  return resolve(named, named.qualifier);
}
