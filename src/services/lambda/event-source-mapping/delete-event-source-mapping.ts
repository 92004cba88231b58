// DeleteEventSourceMapping: nothing more is taken from the source; batches under way run to their end.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html

import type { DeleteEventSourceMappingRequest, EventSourceMappingConfiguration } from "../../../models/lambda.ts";
import { deleteMapping } from "../../../sources/mappings.procs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeMapping } from "./describe-mapping.ts";
import { keyOf, noMapping } from "./mapping-target.ts";

export async function deleteEventSourceMapping(
  input: DeleteEventSourceMappingRequest,
  call: Call,
  lambda: Lambda,
): Promise<EventSourceMappingConfiguration> {
  const mapping = await lambda.database.run(deleteMapping, keyOf(call, input.UUID));
  if (mapping === undefined) throw noMapping();
  return describeMapping(mapping, "Deleting");
}
