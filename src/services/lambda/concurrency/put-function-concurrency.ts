// PutFunctionConcurrency: so much of the account's concurrency is this function's, no more and no less; 0 turns it off.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { Concurrency, PutFunctionConcurrencyRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { accountLimit } from "./account-concurrency.ts";
import { type AccountLimit, type Reserved, reserve } from "./concurrency.procs.ts";

export async function putFunctionConcurrency(input: PutFunctionConcurrencyRequest, call: Call, lambda: Lambda): Promise<Concurrency> {
  const record = await wholeFunction(lambda, call, "PutFunctionConcurrency", input);
  const reserved = input.ReservedConcurrentExecutions;
  const limit = accountLimit(lambda, call);
  const written = await lambda.database.run(reserve, { functionId: record.id, reserved, limit });
  if (written.outcome !== "done") throw refusalOf(record, reserved, limit, written);
  lambda.catalogue.apply(written.change);
  return { ReservedConcurrentExecutions: reserved };
}

function refusalOf(
  record: FunctionRecord,
  reserved: number,
  { unreservedMin }: AccountLimit,
  refused: Exclude<Reserved, { outcome: "done" }>,
): Error {
  switch (refused.outcome) {
    case "gone":
      return functionNotFound(record);
    case "below-provisioned":
      // Both odd spaces are AWS's.
      return invalidParameter(
        ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${refused.provisioned}].`,
      );
    case "below-minimum":
      return invalidParameter(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedMin}].`,
      );
  }
}
