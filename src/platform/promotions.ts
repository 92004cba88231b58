// Starts what carries promotions out: on one node, through Lambda's own UpdateAlias.

import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { Lambda } from "../services/lambda/lambda.ts";
import type { PromotionRow } from "../trial/promotion.procs.ts";
import { type AliasPlace, type AliasState, type FoundAlias, Promotions } from "../trial/promotions.ts";
import { listShadows } from "../trial/shadow.procs.ts";
import { candidateOf, shadowOf } from "../trial/shadow.ts";
import type { Shadows } from "../trial/shadows.ts";
import type { Call } from "../wire/call.ts";
import type { Parts } from "./parts.ts";

export interface StartedPromotions {
  readonly promotions: Promotions;
  readonly aliasOf: (place: AliasPlace) => FoundAlias | undefined;
}

export function startPromotions(
  { config, store, cluster, metering, operator, onEnd, catalogue }: Parts,
  shadows: Shadows,
  lambda: Lambda,
): StartedPromotions {
  const { database } = store;
  const isPoller = config.cluster.roles.has("poller");
  const lease = isPoller ? store.roles.want("promotions", { held: () => {}, lost: () => {} }) : undefined;
  const aliasOf = ({ alias, ...name }: AliasPlace) => catalogue.find(name)?.aliases.get(alias);
  const promotions = new Promotions({
    database,
    clock,
    isMine: () => lease?.fence !== undefined,
    flush: metering.flush,
    aliasOf,
    setAlias: async (place, state, revisionId) => {
      await setAlias(lambda, place, state, revisionId);
      await cluster?.agreeOnAll();
    },
    shadowOf: (row) => seenBy(shadows, row, database),
    onError: (error) => operator.warn("A promotion could not be carried on; it is tried again", error),
  });
  onEnd(async () => {
    await promotions.close();
    await lease?.release();
  });
  return { promotions, aliasOf };
}

async function setAlias(
  lambda: Lambda,
  { account, region, name, alias }: AliasPlace,
  { version, second }: AliasState,
  RevisionId: string | undefined,
): Promise<void> {
  const { updateAlias } = await import("../services/lambda/alias/update-alias.ts");
  const AdditionalVersionWeights = second === undefined ? {} : { [second.version]: second.weight };
  const input = { FunctionName: name, Name: alias, FunctionVersion: version, RoutingConfig: { AdditionalVersionWeights }, RevisionId };
  await updateAlias(input, callOf(account, region), lambda);
}

/** As the account's root. */
function callOf(account: string, region: string): Call {
  return {
    account,
    region,
    accessKeyId: "",
    principalArn: `arn:aws:iam::${account}:root`,
    requestId: random.uuid(),
    endpoint: "",
    headers: {},
    responseHeaders: {},
    signal: new AbortController().signal,
  };
}

/** The shadow of that alias, or of the function, whose candidate is the version that is promoted. */
async function seenBy(shadows: Shadows, row: PromotionRow, database: Parts["store"]["database"]) {
  const all = (await database.read(listShadows, null)).map(shadowOf);
  const shadow = all.find((one) => {
    const candidate = candidateOf(one.candidate, one.name);
    const isHere = one.account === row.account && one.region === row.region && one.name === row.name;
    return isHere && candidate.name === row.name && candidate.qualifier === row.to_version;
  });
  return shadow === undefined ? undefined : shadows.report(shadow);
}
