// Which configuration a request means, as the API shows it, and what it may say.

import type { EventInvoke } from "../../../functions/event-invoke.ts";
import { type FunctionRecord, LATEST, latestOf } from "../../../functions/function-record.ts";
import { type NamedFunction, qualifiedArn } from "../../../functions/name.ts";
import type { DestinationConfig, FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter, notFound, unsupported } from "../refusals.ts";

export function noConfig(named: NamedFunction): Error {
  return notFound(`The function ${qualifiedArn(named, named.qualifier ?? LATEST)} doesn't have an EventInvokeConfig`);
}

export function describeConfig(record: FunctionRecord, config: EventInvoke): FunctionEventInvokeConfig {
  return {
    LastModified: new Date(config.modifiedMs),
    FunctionArn: qualifiedArn(record, config.qualifier),
    MaximumRetryAttempts: config.retriesMax,
    MaximumEventAgeInSeconds: config.ageMaxS,
    DestinationConfig: {
      OnSuccess: config.onSuccess === undefined ? {} : { Destination: config.onSuccess },
      OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
    },
  };
}

/** Throws AWS's refusals. An empty destination removes one. */
export async function checkConfig(lambda: Lambda, record: FunctionRecord, input: PutFunctionEventInvokeConfigRequest): Promise<void> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && DestinationConfig === undefined) {
    throw invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  for (const arn of [DestinationConfig?.OnSuccess?.Destination, DestinationConfig?.OnFailure?.Destination]) {
    if (arn !== undefined && arn !== "") await checkDestination(lambda, record, arn, DestinationConfig ?? {});
  }
}

async function checkDestination(lambda: Lambda, record: FunctionRecord, arn: string, config: DestinationConfig): Promise<void> {
  switch (await lambda.destinations.check(arn, { record, roleArn: latestOf(record).settings.role })) {
    case "usable":
      return;
    case "itself":
      throw invalidParameter("You can't specify the function as a destination for itself.");
    case "missing":
      throw invalidParameter(`The destination ARN ${arn} is invalid.`);
    case "not-allowed":
      throw invalidParameter(`The function's execution role does not have permissions to call SendMessage on ${arn}`);
    case "not-served":
      throw unsupported(`the destination ${arn}`);
    case "no-destination":
      throw invalidParameter(`The provided destination config ${shown(config)} is invalid.`);
  }
}

/** As AWS's own server prints the object. */
function shown({ OnSuccess, OnFailure }: DestinationConfig): string {
  const part = (name: string, given: { readonly Destination?: string | undefined } | undefined) =>
    given?.Destination === undefined ? "null" : `${name}(destination=${given.Destination})`;
  return `DestinationConfig(onSuccess=${part("OnSuccess", OnSuccess)}, onFailure=${part("OnFailure", OnFailure)})`;
}
