// /_lambent/trial: runs a function some times, cold and warm, at a memory size, and says how long it took and what it would cost. Trials under the
// name of one run are a tuning, which is kept and told of later. For the operator.

import type { Resolved } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import type { Database } from "../store/database.ts";
import { trialOf } from "../trial/measured.ts";
import type { RunTrial } from "../trial/trial-nodes.ts";
import { keep, tunings } from "../trial/tunings.ts";
import { INTERNAL_PREFIX, type InternalRequest, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { badRequest, JsonBody } from "./json-body.ts";
import { askedIn, functionIn } from "./named-function.ts";

const PREFIX = `${INTERNAL_PREFIX}trial`;

const BODY_BYTES_MAX = 7 * 1024 * 1024;
const SAMPLES_MAX = 1_000;
const MEMBERS = [
  "name",
  "account",
  "region",
  "qualifier",
  "payload",
  "memoryMb",
  "cold",
  "warmUp",
  "warmMin",
  "warmMax",
  "precision",
  "run",
];
const RUN_NAME = /^[a-zA-Z0-9-]{1,64}$/;

export interface TrialRouteParts {
  readonly run: RunTrial;
  /** Throws ServiceError. */
  resolve(name: { readonly account: string; readonly region: string; readonly name: string }, qualifier: string | undefined): Resolved;
  readonly database: Database;
  readonly clock: Clock;
}

export function trialRoutes(parts: TrialRouteParts): readonly InternalRoute[] {
  return [
    {
      method: "GET",
      prefix: PREFIX,
      handle: async ({ query }) => jsonResponse(200, { tunings: await asked(parts, new URLSearchParams(query)) }),
    },
    { method: "POST", prefix: PREFIX, handle: async (request) => jsonResponse(200, await tried(parts, request)) },
  ];
}

async function tried({ run, resolve, database, clock }: TrialRouteParts, request: InternalRequest): Promise<object> {
  const body = await JsonBody.read(request, BODY_BYTES_MAX, MEMBERS);
  const { account, region, name, qualifier } = functionIn((member) => body.optionalText(member), "InvokeFunction");
  const tuning = body.optionalText("run");
  if (tuning !== undefined) checkRun(tuning);
  const { measured, enforced } = await run(resolve({ account, region, name }, qualifier), {
    payload: Buffer.from(JSON.stringify(body.any("payload") ?? {})),
    memoryMb: body.has("memoryMb") ? body.whole("memoryMb", { min: 128, max: 10_240 }, 128) : undefined,
    cold: body.whole("cold", { min: 0, max: 100 }, 0),
    warmUp: body.whole("warmUp", { min: 0, max: SAMPLES_MAX }, 3),
    warmMin: body.whole("warmMin", { min: 1, max: SAMPLES_MAX }, 20),
    warmMax: body.whole("warmMax", { min: 1, max: SAMPLES_MAX }, 200),
    precision: body.number("precision", { min: 0, max: 1 }, 0.05),
  });
  if (tuning !== undefined) {
    const key = { account, region, name, qualifier: qualifier ?? "", run: tuning };
    await keep(database, key, { measured, enforced, atMs: clock.nowMs() });
  }
  return { ...trialOf(measured), enforced };
}

function asked({ database }: TrialRouteParts, query: URLSearchParams): ReturnType<typeof tunings> {
  const { account, region, name } = functionIn(askedIn(query), "InvokeFunction");
  const one = query.get("run");
  if (one !== null) checkRun(one);
  return tunings(database, { account, region, name, run: one ?? "" });
}

/** Throws ServiceError. */
function checkRun(name: string): void {
  if (!RUN_NAME.test(name)) throw badRequest("run is 1 to 64 letters, digits and hyphens.");
}
