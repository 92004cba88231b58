// DeleteLayerVersion: functions that have it go on with it; nobody else can take it up any more. A missing one is no error.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html

import type { DeleteLayerVersionRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { deleteLayerVersionRow } from "./layer.procs.ts";
import { checkNumber, ownLayerOf } from "./layer-name.ts";

export async function deleteLayerVersion(input: DeleteLayerVersionRequest, call: Call, lambda: Lambda): Promise<void> {
  checkNumber(input.VersionNumber);
  const version = { ...ownLayerOf(call, "DeleteLayerVersion", input.LayerName), number: input.VersionNumber };
  await lambda.database.run(deleteLayerVersionRow, { version, nowMs: lambda.clock.nowMs() });
}
