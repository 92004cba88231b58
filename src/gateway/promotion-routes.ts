// /_lambent/promotion: starts, tells of and cancels promotions. For the operator.

import { ServiceError } from "../lib/errors.ts";
import type { Database } from "../store/database.ts";
import { listPromotions, type PromotionFilter, type PromotionRow } from "../trial/promotion.procs.ts";
import type { Bounds, Step } from "../trial/promotion.ts";
import type { AliasPlace, AliasState, Promotions } from "../trial/promotions.ts";
import { INTERNAL_PREFIX, type InternalRequest, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { badRequest, JsonBody } from "./json-body.ts";
import { type Asked, askedIn, functionIn, ownerIn } from "./named-function.ts";

const PREFIX = `${INTERNAL_PREFIX}promotion`;
const BODY_BYTES_MAX = 64 * 1024;
const STEPS_MAX = 1_000;
const HOLD_MS_MAX = 7 * 86_400_000;
const MEMBERS = ["name", "account", "region", "alias", "to", "steps", "errorRateMax", "slowerMax", "differenceMax", "invocationsMin"];

export interface PromotionRouteParts {
  readonly promotions: Promotions;
  readonly database: Database;
  readonly aliasOf: (place: AliasPlace) => AliasState | undefined;
  /** Throws ServiceError where there is none. */
  resolve(name: { readonly account: string; readonly region: string; readonly name: string }, qualifier: string | undefined): unknown;
}

export function promotionRoutes(parts: PromotionRouteParts): readonly InternalRoute[] {
  const route = (method: string, handle: InternalRoute["handle"]) => ({ method, prefix: PREFIX, handle });
  return [
    route("GET", async ({ query }) => {
      const rows = await parts.database.read(listPromotions, filterOf(askedIn(new URLSearchParams(query))));
      return jsonResponse(200, { promotions: rows.map(describe) });
    }),
    route("POST", async (request) => jsonResponse(201, describe(await start(parts, request)))),
    route("DELETE", async ({ query }) => {
      const asked = new URLSearchParams(query);
      const rows = await parts.database.read(listPromotions, filterOf(askedIn(asked)));
      const running = rows.find(({ state, alias }) => state === "running" && alias === asked.get("alias"));
      if (running === undefined) throw new ServiceError("NoSuchPromotion", 404, "No promotion of that alias is running.");
      await parts.promotions.rollBack(running, "cancelled");
      return jsonResponse(200, { cancelled: true });
    }),
  ];
}

async function start({ promotions, aliasOf, resolve }: PromotionRouteParts, request: InternalRequest): Promise<PromotionRow> {
  const body = await JsonBody.read(request, BODY_BYTES_MAX, MEMBERS);
  const filter = filterOf((name) => body.optionalText(name));
  const place = { ...filter, alias: body.text("alias") };
  const to = body.text("to");
  if (!/^\d+$/.test(to)) throw badRequest("to is the number of a published version.");
  resolve(place, to);
  const alias = aliasOf(place);
  if (alias === undefined)
    throw badRequest(`${place.name} has no alias ${place.alias}. Create it first, with the version that serves now.`);
  if (!/^\d+$/.test(alias.version)) throw badRequest("An alias of $LATEST cannot move in steps: give it a published version first.");
  if (alias.second !== undefined)
    throw badRequest("The alias has weights already: wait for its promotion, or set it to one version first.");
  if (alias.version === to) throw badRequest(`The alias has version ${to} already.`);
  const bounds: Bounds = {
    errorRateMax: body.number("errorRateMax", { min: 0, max: 1 }, 0.05),
    slowerMax: body.number("slowerMax", { min: 0.01, max: 1_000 }, 2),
    differenceMax: body.number("differenceMax", { min: 0, max: 1 }, 0.01),
    invocationsMin: body.whole("invocationsMin", { min: 1, max: 1e6 }, 10),
  };
  const started = await promotions.begin({
    ...place,
    from_version: alias.version,
    to_version: to,
    steps: JSON.stringify(stepsOf(body)),
    bounds: JSON.stringify(bounds),
  });
  if (started === undefined)
    throw new ServiceError("PromotionRunning", 409, "A promotion of that alias is running: wait for it, or cancel it.");
  return started;
}

function stepsOf(body: JsonBody): readonly Step[] {
  const steps = body.any("steps");
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > STEPS_MAX)
    throw badRequest(`steps is a list of 1 to ${STEPS_MAX} steps.`);
  const checked = steps.map((step: unknown): Step => {
    const { weight, holdMs } = (step ?? {}) as Partial<Step>;
    const isGood =
      typeof weight === "number" && weight > 0 && weight <= 1 && typeof holdMs === "number" && holdMs >= 0 && holdMs <= HOLD_MS_MAX;
    if (!isGood) throw badRequest("A step has a weight above 0 and up to 1, and holdMs of at most a week.");
    return { weight, holdMs };
  });
  const isRising = checked.every(({ weight }, at) => at === 0 || weight > checked[at - 1]!.weight);
  if (!isRising || checked.at(-1)!.weight !== 1) throw badRequest("Weights rise from step to step, up to 1.");
  return checked;
}

function filterOf(asked: Asked): PromotionFilter {
  if (asked("name") === undefined) return { ...ownerIn(asked), name: "" };
  const { account, region, name } = functionIn(asked, "UpdateAlias");
  return { account, region, name };
}

function describe({
  id: _,
  counted_before: _before,
  steps,
  bounds,
  from_version,
  to_version,
  due_at,
  started_at,
  ...row
}: PromotionRow): object {
  const [parsedSteps, parsedBounds] = [JSON.parse(steps) as readonly Step[], JSON.parse(bounds) as Bounds];
  return { ...row, from: from_version, to: to_version, steps: parsedSteps, bounds: parsedBounds, dueAtMs: due_at, startedAtMs: started_at };
}
