// One source feeds one function, version or alias through one mapping.

import type { Mapping } from "../../../sources/mapping.ts";
import type { Taken } from "../../../sources/mappings.procs.ts";
import { conflict } from "../refusals.ts";

export function mappingExists({ sourceArn, functionName, qualifier }: Mapping, { takenBy }: Taken) {
  const name = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  return conflict(
    `An event source mapping with SQS arn (" ${sourceArn} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${takenBy}`,
  );
}
