// CreateFunction: settings, a zip sent along, and perhaps the first version.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html

import { functionArn, type NamedFunction } from "../../../functions/name.ts";
import type { CreateFunctionRequest, FunctionConfiguration } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { attachedLayers } from "../layer/attached-layers.ts";
import { conflict, constraintText, functionsOnly, invalidParameter } from "../refusals.ts";
import { checkTags } from "../tag/tag-rules.ts";
import { checkDeadLetters } from "./dead-letters.ts";
import { describeWritten } from "./describe-written.ts";
import { insertFunction } from "./function.procs.ts";
import { admitFor, discard, latestWrite, publicationIf, warnOfOtherMachine } from "./latest-write.ts";
import { checkRuntime } from "./runtime-name.ts";
import { newSettings } from "./settings-from-request.ts";
import { nameOf } from "./target.ts";
import { refuseUnsupportedSettings, refuseUnsupportedSource } from "./unsupported.ts";

export async function createFunction(input: CreateFunctionRequest, call: Call, lambda: Lambda): Promise<FunctionConfiguration> {
  const named = nameOf(call, "CreateFunction", input);
  assertFree(lambda, named);
  const zip = sentZip(input);
  const asked = newSettings(input, named, lambda.limits);
  const tags = Object.entries(input.Tags ?? {});
  checkTags(tags, lambda.limits);
  await checkRuntime(lambda, asked.runtime);
  await checkDeadLetters(lambda, input.DeadLetterConfig?.TargetArn, asked.role);
  const settings = { ...asked, ...(await attachedLayers(lambda, call, input.Layers ?? [])) };

  const code = await admitFor(lambda, zip, settings);
  await warnOfOtherMachine(lambda, functionArn(named), settings, code);
  const latest = latestWrite(lambda, settings, input.Description ?? "", code);
  const { account, region, name } = named;
  const publish = publicationIf(lambda, input.Publish);
  const written = await lambda.database.run(insertFunction, { account, region, name, latest, tags, publish });
  if (written === "exists") {
    await discard(lambda, code.key);
    throw alreadyExists(named);
  }
  return describeWritten(lambda, written, "unqualified");
}

function assertFree(lambda: Lambda, named: NamedFunction): void {
  if (named.qualifier !== undefined) throw functionsOnly();
  const { functionNameMax } = lambda.limits;
  if (named.name.length > functionNameMax) {
    throw invalidParameter(constraintText("functionName", named.name, `Member must have length less than or equal to ${functionNameMax}`));
  }
  if (lambda.catalogue.find(named) !== undefined) throw alreadyExists(named);
}

function sentZip(input: CreateFunctionRequest): Uint8Array {
  refuseUnsupportedSettings(input);
  refuseUnsupportedSource(input.Code);
  if (input.Code.ZipFile === undefined) throw invalidParameter("Please provide a source for function code.");
  return input.Code.ZipFile;
}

function alreadyExists({ name }: NamedFunction) {
  return conflict(`Function already exist: ${name}`);
}
