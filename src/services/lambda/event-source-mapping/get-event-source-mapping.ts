// GetEventSourceMapping: one mapping by its UUID.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html

import type { EventSourceMappingConfiguration, GetEventSourceMappingRequest } from "../../../models/lambda.ts";
import { readMapping } from "../../../sources/mappings.procs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { showMapping } from "./describe-mapping.ts";
import { keyOf, noMapping } from "./mapping-target.ts";

export async function getEventSourceMapping(
  input: GetEventSourceMappingRequest,
  call: Call,
  lambda: Lambda,
): Promise<EventSourceMappingConfiguration> {
  const mapping = await lambda.database.read(readMapping, keyOf(call, input.UUID));
  if (mapping === undefined) throw noMapping();
  return showMapping(mapping, lambda);
}
