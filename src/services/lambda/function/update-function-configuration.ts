// UpdateFunctionConfiguration: other settings for $LATEST; what the request leaves out stays.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html

import { latestOf } from "../../../functions/function-record.ts";
import type { FunctionSettings } from "../../../functions/settings.ts";
import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { attachedLayers, checkUnzippedSize } from "../layer/attached-layers.ts";
import { checkRevision, commitUpdate } from "./commit-update.ts";
import { checkDeadLetters } from "./dead-letters.ts";
import { describeWritten } from "./describe-written.ts";
import { latestWrite } from "./latest-write.ts";
import { checkRuntime } from "./runtime-name.ts";
import { changedSettings } from "./settings-from-request.ts";
import { wholeFunction } from "./target.ts";
import { refuseUnsupportedSettings } from "./unsupported.ts";

export async function updateFunctionConfiguration(
  input: UpdateFunctionConfigurationRequest,
  call: Call,
  lambda: Lambda,
): Promise<FunctionConfiguration> {
  const record = await wholeFunction(lambda, call, "UpdateFunctionConfiguration", input);
  refuseUnsupportedSettings(input);
  checkRevision(record, input.RevisionId);
  const before = latestOf(record);
  const changed = changedSettings(before.settings, input, { of: record, limits: lambda.limits });
  await checkDeadLetters(lambda, input.DeadLetterConfig?.TargetArn, changed.role);
  if (input.Runtime !== undefined) await checkRuntime(lambda, changed.runtime);
  const settings =
    input.Layers === undefined ? changed : await withLayers(lambda, call, changed, { arns: input.Layers, codeKey: before.code.key });
  const latest = latestWrite(lambda, settings, input.Description ?? before.description, before.code);
  return describeWritten(
    lambda,
    await commitUpdate(lambda, record, before.revisionId, { latest, revisionId: input.RevisionId }),
    "unqualified",
  );
}

async function withLayers(
  lambda: Lambda,
  call: Call,
  { layers: _former, ...settings }: FunctionSettings,
  { arns, codeKey }: { readonly arns: readonly string[]; readonly codeKey: string },
): Promise<FunctionSettings> {
  const { layers } = await attachedLayers(lambda, call, arns);
  await checkUnzippedSize(lambda, layers, codeKey);
  return { ...settings, ...(layers === undefined ? {} : { layers }) };
}
