// ListLayerVersions: a layer's versions, the newest first. AWS answers an unknown layer with an empty list.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html

import type { ListLayerVersionsRequest, ListLayerVersionsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { pageOf } from "../page.ts";
import { describeListedLayerVersion, fits } from "./describe-layer.ts";
import { type LayerVersion, listLayerVersionRows } from "./layer.procs.ts";
import { ownLayerOf } from "./layer-name.ts";

const newestFirst = {
  keyOf: ({ number }: LayerVersion) => String(number),
  isAfter: (key: string, marker: string) => Number(key) < Number(marker),
};

export async function listLayerVersions(input: ListLayerVersionsRequest, call: Call, lambda: Lambda): Promise<ListLayerVersionsResponse> {
  const layer = ownLayerOf(call, "ListLayerVersions", input.LayerName);
  const all = await lambda.database.read(listLayerVersionRows, layer);
  const { items, ...more } = pageOf(all.filter(fits(input)), input, lambda.limits.listItemsMax, newestFirst);
  return { LayerVersions: items.map(describeListedLayerVersion), ...more };
}
