// ListLayers: none can be published yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html

import type { ListLayersRequest, ListLayersResponse } from "../../../models/lambda.ts";

export async function listLayers(_: ListLayersRequest): Promise<ListLayersResponse> {
  return { Layers: [] };
}
