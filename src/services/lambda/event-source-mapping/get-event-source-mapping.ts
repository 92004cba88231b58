// GetEventSourceMapping: there is none yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html

import type { EventSourceMappingConfiguration, GetEventSourceMappingRequest } from "../../../models/lambda.ts";
import { notFound } from "../refusals.ts";

export async function getEventSourceMapping(_: GetEventSourceMappingRequest): Promise<EventSourceMappingConfiguration> {
  throw notFound("The resource you requested does not exist.");
}
