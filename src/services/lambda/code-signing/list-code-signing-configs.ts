// ListCodeSigningConfigs: none can be created yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html

import type { ListCodeSigningConfigsRequest, ListCodeSigningConfigsResponse } from "../../../models/lambda.ts";

export async function listCodeSigningConfigs(_: ListCodeSigningConfigsRequest): Promise<ListCodeSigningConfigsResponse> {
  return { CodeSigningConfigs: [] };
}
