// /_lambent/cost: what functions have cost, grouped as asked, and what the month will come to. For the server's operator: it tells of every account.
// /_lambent/prices: what use costs in a region, for who prices a single call.

import { ServiceError } from "../lib/errors.ts";
import { type Costs, type Grouping, groupings } from "../metering/costs.ts";
import { type PriceSheet, pricesAsOf } from "../metering/prices.ts";
import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";

const DAY_MS = 86_400_000;
const SPAN_DAYS_MAX = 400;

/** `ownPrices`: other than AWS's. */
export function costRoute(costs: Costs, about: { readonly ownPrices: boolean }): InternalRoute {
  return {
    method: "GET",
    prefix: `${INTERNAL_PREFIX}cost`,
    async handle(request) {
      const asked = askedOf(new URLSearchParams(request.query));
      const groups = await costs.groups(asked, asked.by);
      const month = await costs.month(asked.account, { freeTier: asked.freeTier });
      return jsonResponse(200, { ...asked, groups, month, pricesAsOf, ...about });
    },
  };
}

export function pricesRoute(sheet: PriceSheet, about: { readonly ownPrices: boolean }): InternalRoute {
  return {
    method: "GET",
    prefix: `${INTERNAL_PREFIX}prices`,
    async handle({ query }) {
      const region = new URLSearchParams(query).get("region") ?? "";
      if (!/^[a-z0-9-]{1,32}$/.test(region)) throw bad("region is a region such as eu-central-1.");
      return jsonResponse(200, { region, prices: sheet(region), pricesAsOf, ...about });
    },
  };
}

function askedOf(query: URLSearchParams) {
  const fromMs = timeOf("from", query.get("from"));
  const toMs = timeOf("to", query.get("to"));
  if (toMs <= fromMs || toMs - fromMs > SPAN_DAYS_MAX * DAY_MS) throw bad(`to lies after from, by at most ${SPAN_DAYS_MAX} days.`);
  const account = query.get("account") ?? undefined;
  if (account !== undefined && !/^\d{12}$/.test(account)) throw bad("account is 12 digits.");
  const by = (query.get("by") ?? "function").split(",").map(groupingOf);
  return { fromMs, toMs, by, account, freeTier: query.get("freeTier") === "true" };
}

function groupingOf(name: string): Grouping {
  const found = groupings.find((one) => one === name);
  if (found === undefined) throw bad(`by names some of ${groupings.join(", ")}, not '${name}'.`);
  return found;
}

function timeOf(name: string, text: string | null): number {
  if (text === null || !/^\d{1,15}$/.test(text)) throw bad(`${name} is a time in milliseconds since 1970.`);
  return Number(text);
}

function bad(message: string): ServiceError {
  return new ServiceError("BadRequest", 400, message);
}
