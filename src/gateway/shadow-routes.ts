// /_lambent/shadow: starts, tells of and stops shadows. For the operator.

import type { Resolved } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Database } from "../store/database.ts";
import { isIgnorePath } from "../trial/json-difference.ts";
import { listShadows, type ShadowPlace, startShadow, stopShadow } from "../trial/shadow.procs.ts";
import { candidateOf, type Shadow, shadowOf } from "../trial/shadow.ts";
import { summarise } from "../trial/shadow-report.ts";
import type { Shadows } from "../trial/shadows.ts";
import { INTERNAL_PREFIX, type InternalRequest, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { badRequest, JsonBody } from "./json-body.ts";
import { type Asked, askedIn, functionIn } from "./named-function.ts";

const PREFIX = `${INTERNAL_PREFIX}shadow`;
const BODY_BYTES_MAX = 64 * 1024;
const MEMBERS = ["name", "account", "region", "qualifier", "candidate", "sample", "guard", "yes", "ignore", "tolerance"];

export interface ShadowRouteParts {
  readonly shadows: Shadows;
  readonly database: Database;
  readonly clock: Clock;
  resolve(name: { readonly account: string; readonly region: string; readonly name: string }, qualifier: string | undefined): Resolved;
  /** Whether functions can be kept from the network here. */
  readonly canIsolate: boolean;
}

export function shadowRoutes(parts: ShadowRouteParts): readonly InternalRoute[] {
  const route = (method: string, handle: InternalRoute["handle"]) => ({ method, prefix: PREFIX, handle });
  return [
    route("GET", async ({ query }) => jsonResponse(200, { shadows: await tell(parts, new URLSearchParams(query)) })),
    route("POST", async (request) => jsonResponse(201, describe(await start(parts, request)))),
    route("DELETE", async ({ query }) => {
      if (!(await parts.database.run(stopShadow, placeOf(askedIn(new URLSearchParams(query))))))
        throw new ServiceError("NoSuchShadow", 404, "There is no such shadow.");
      await parts.shadows.write();
      await parts.shadows.load();
      return jsonResponse(200, { stopped: true });
    }),
  ];
}

async function start(parts: ShadowRouteParts, request: InternalRequest): Promise<Shadow> {
  const body = await JsonBody.read(request, BODY_BYTES_MAX, MEMBERS);
  const place = placeOf((name) => body.optionalText(name));
  parts.resolve(place, place.qualifier || undefined);
  const candidate = body.text("candidate");
  const named = candidateOf(candidate, place.name);
  parts.resolve({ ...place, name: named.name }, named.qualifier);
  if (named.name === place.name && (named.qualifier ?? "") === place.qualifier) throw badRequest("The candidate is the function itself.");
  const rules = {
    sample: body.number("sample", { min: 0, max: 1 }, 1),
    guard: guardOf(body, parts.canIsolate),
    ignore: body.texts("ignore").map(ignorable),
    tolerance: body.number("tolerance", { min: 0, max: 1 }, 0),
  };
  const row = { ...place, candidate, rules: JSON.stringify(rules), created_at: parts.clock.nowMs() };
  const shadow = shadowOf(await parts.database.run(startShadow, row));
  await parts.shadows.load();
  return shadow;
}

function ignorable(path: string): string {
  if (isIgnorePath(path)) return path;
  throw badRequest(`ignore takes paths such as requestId, items[*].id or **.timestamp, not '${path}'.`);
}

/** There is no default: what a copy does a second time is for a person to say. */
function guardOf(body: JsonBody, canIsolate: boolean): "isolated" | "none" {
  const guard = body.optionalText("guard");
  if (guard === "isolated" && !canIsolate)
    throw badRequest("This server cannot keep functions from the network, so it cannot isolate a candidate: lambent doctor says why.");
  if (guard === "isolated" || (guard === "none" && body.isOn("yes"))) return guard;
  if (guard === "none")
    throw badRequest(
      "With guard none the candidate does everything a second time: e-mails, orders, writes. Say yes to that: --guard none --yes.",
    );
  throw badRequest("A shadow needs a guard: isolated (no network, no exposed services, no calls that write) or none.");
}

function placeOf(asked: Asked): ShadowPlace {
  const { qualifier = "", ...place } = functionIn(asked, "InvokeFunction");
  return { ...place, qualifier };
}

async function tell({ database, shadows }: ShadowRouteParts, query: URLSearchParams): Promise<readonly object[]> {
  const all = (await database.read(listShadows, null)).map(shadowOf);
  const place = query.has("name") ? placeOf(askedIn(query)) : undefined;
  const isAsked = (one: Shadow) =>
    place === undefined ||
    (one.account === place.account && one.region === place.region && one.name === place.name && one.qualifier === place.qualifier);
  return Promise.all(all.filter(isAsked).map(async (shadow) => ({ ...describe(shadow), report: described(await shadows.report(shadow)) })));
}

function describe({ id: _, ...shadow }: Shadow): object {
  return shadow;
}

function described({ primary, candidate, ...rest }: Awaited<ReturnType<Shadows["report"]>>): object {
  return { ...rest, primary: summarise(primary), candidate: summarise(candidate) };
}
