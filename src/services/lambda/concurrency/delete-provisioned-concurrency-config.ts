// DeleteProvisionedConcurrencyConfig: the environments end; what comes then runs on demand. Answers the same when there was nothing.
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { DeleteProvisionedConcurrencyConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { unprovision } from "./concurrency.procs.ts";
import { provisionable } from "./provisioned-qualifier.ts";

export async function deleteProvisionedConcurrencyConfig(
  input: DeleteProvisionedConcurrencyConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<void> {
  const { record, qualifier } = await provisionable(input, call, lambda, "DeleteProvisionedConcurrencyConfig");
  const written = await lambda.database.run(unprovision, { functionId: record.id, qualifier });
  if (written.outcome === "gone") throw functionNotFound(record);
  if (written.outcome === "done") lambda.catalogue.apply(written.change);
}
