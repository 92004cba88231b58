// Settings of a new function, and settings after a change: defaults, and the checks that the API model cannot express.

import type { Name } from "../../../functions/catalogue.ts";
import type { Limits } from "../../../functions/limits.ts";
import type { NamedFunction } from "../../../functions/name.ts";
import type { FunctionSettings, LoggingSettings } from "../../../functions/settings.ts";
import type { CreateFunctionRequest, LoggingConfig, UpdateFunctionConfigurationRequest } from "../../../models/lambda.ts";
import { invalidParameter, validation } from "../refusals.ts";
import { askedConcurrency, checkConcurrency } from "./capacity.ts";
import { checkVariables } from "./variables.ts";

const LEVEL_DEFAULT = "INFO"; // of both levels, once the format is JSON

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export function newSettings(input: CreateFunctionRequest, named: NamedFunction, limits: Limits): FunctionSettings {
  const { Runtime, Handler } = input;
  if (!Runtime || !Handler) {
    throw invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  const concurrency = askedConcurrency(named, input.CapacityProviderConfig);
  const format = concurrency.maxConcurrency === undefined ? "Text" : "JSON";
  const logging: LoggingSettings = { format, group: `/aws/lambda/${named.name}` };
  return checked(limits, {
    runtime: Runtime,
    handler: Handler,
    role: input.Role,
    architecture: input.Architectures?.[0] ?? "x86_64",
    timeoutS: input.Timeout ?? 3,
    memoryMb: input.MemorySize ?? limits.memoryMbMin,
    tmpMb: input.EphemeralStorage?.Size ?? limits.tmpMbMin,
    ...(input.Environment?.Variables === undefined ? {} : { variables: { ...input.Environment.Variables } }),
    logging: changedLogging(logging, input.LoggingConfig),
    ...deadLetters(input.DeadLetterConfig?.TargetArn),
    ...concurrency,
  });
}

/** What is not in the request stays. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
export function changedSettings(
  before: FunctionSettings,
  input: UpdateFunctionConfigurationRequest,
  { of, limits }: { readonly of: Name; readonly limits: Limits },
): FunctionSettings {
  const { variables: former, deadLetterArn, ...rest } = before;
  const variables = input.Environment === undefined ? former : { ...input.Environment.Variables };
  return checked(limits, {
    ...rest,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler || before.handler,
    role: input.Role ?? before.role,
    timeoutS: input.Timeout ?? before.timeoutS,
    memoryMb: input.MemorySize ?? before.memoryMb,
    tmpMb: input.EphemeralStorage?.Size ?? before.tmpMb,
    ...(variables === undefined ? {} : { variables }),
    logging: changedLogging(before.logging, input.LoggingConfig),
    ...deadLetters(input.DeadLetterConfig?.TargetArn ?? deadLetterArn),
    ...askedConcurrency(of, input.CapacityProviderConfig),
  });
}

/** An empty ARN takes the queue away. */
function deadLetters(arn: string | undefined): Pick<FunctionSettings, "deadLetterArn"> {
  return arn === undefined || arn === "" ? {} : { deadLetterArn: arn };
}

function checked(limits: Limits, settings: FunctionSettings): FunctionSettings {
  const { memoryMb, timeoutS, tmpMb, variables } = settings;
  atMost("memorySize", memoryMb, limits.memoryMbMax);
  atMost("timeout", timeoutS, limits.timeoutSMax);
  atMost("ephemeralStorage.size", tmpMb, limits.tmpMbMax);
  checkConcurrency(settings);
  if (variables !== undefined) checkVariables(variables, limits.variablesBytesMax);
  return settings;
}

function changedLogging(before: LoggingSettings, input: LoggingConfig | undefined): LoggingSettings {
  const format = input?.LogFormat ?? before.format;
  const group = input?.LogGroup ?? before.group;
  if (format === "JSON") {
    const applicationLevel = input?.ApplicationLogLevel ?? before.applicationLevel ?? LEVEL_DEFAULT;
    return { format, group, applicationLevel, systemLevel: input?.SystemLogLevel ?? before.systemLevel ?? LEVEL_DEFAULT };
  }
  if (input?.ApplicationLogLevel !== undefined || input?.SystemLogLevel !== undefined) {
    // AWS: refuses this too; its text is not known.
    throw invalidParameter("ApplicationLogLevel and SystemLogLevel can be set only with LogFormat JSON.");
  }
  return { format, group };
}

function atMost(member: string, value: number, max: number): void {
  if (value > max) throw validation(member, value, `Member must have value less than or equal to ${max}`);
}
