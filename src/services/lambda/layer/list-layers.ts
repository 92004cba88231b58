// ListLayers: the account's layers in this region, each with its newest version that fits; one without any is not shown.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html

import type { LayersListItem, ListLayersRequest, ListLayersResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { describeListedLayerVersion, fits } from "./describe-layer.ts";
import { type LayerVersion, listLayerRows } from "./layer.procs.ts";
import { layerArn } from "./layer-name.ts";

export async function listLayers(input: ListLayersRequest, call: Call, lambda: Lambda): Promise<ListLayersResponse> {
  const all = await lambda.database.read(listLayerRows, { account: call.account, region: call.region });
  const byName = Map.groupBy(all.filter(fits(input)), ({ name }) => name);
  const newest = [...byName.values()].map(([first]) => first!).sort((a, b) => (a.name < b.name ? -1 : 1));
  const order = { keyOf: ({ name }: LayerVersion) => name, isAfter: isAfterText };
  const { items, ...more } = pageOf(newest, input, lambda.limits.listItemsMax, order);
  return { Layers: items.map(describe), ...more };
}

function describe(version: LayerVersion): LayersListItem {
  return { LayerName: version.name, LayerArn: layerArn(version), LatestMatchingVersion: describeListedLayerVersion(version) };
}
