// A layer version that the caller may read: their own, or one whose policy opens it to them.

import type { Caller } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { type LayerVersion, type LayerVersionName, readLayerVersion } from "./layer.procs.ts";
import { layerVersionArn, notAllowed } from "./layer-name.ts";

/** undefined: the caller's own layer has no such version. Throws AccessDeniedException for one of others, there or not, that is not open. */
export async function readableLayer(lambda: Lambda, here: Caller, name: LayerVersionName): Promise<LayerVersion | undefined> {
  const version = await lambda.database.read(readLayerVersion, name);
  if (name.account === here.account) return version;
  if (version !== undefined && isOpenTo(version, here.account)) return version;
  throw notAllowed(here, "GetLayerVersion", layerVersionArn(name));
}

// AWS: a statement may be for an organisation's accounts; here no account belongs to one, so that such a statement opens it to nobody.
function isOpenTo({ policy }: LayerVersion, account: string): boolean {
  return (policy?.statements ?? []).some(({ Principal, Condition }) => Condition === undefined && names(Principal, account));
}

function names(principal: string | Readonly<Record<string, string>>, account: string): boolean {
  const text = typeof principal === "string" ? principal : (principal.AWS ?? "");
  return text === "*" || text.split(":")[4] === account;
}
