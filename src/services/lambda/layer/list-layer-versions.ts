// ListLayerVersions: none can be published yet; AWS answers an unknown layer with an empty list too.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html

import type { ListLayerVersionsRequest, ListLayerVersionsResponse } from "../../../models/lambda.ts";

export async function listLayerVersions(_: ListLayerVersionsRequest): Promise<ListLayerVersionsResponse> {
  return { LayerVersions: [] };
}
