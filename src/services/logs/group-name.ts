// Which log group a request means, by name or by ARN, and the ARNs that answers carry.

import { ServiceError } from "../../lib/errors.ts";
import { findGroup, type LogGroup } from "../../observe/log-groups.procs.ts";
import type { LogGroupName } from "../../observe/log-segment.ts";
import type { Caller } from "../../wire/call.ts";
import type { Logs } from "./logs.ts";
import { invalidParameter, noSuchGroup } from "./refusals.ts";

const ARN = /^arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)(?::\*)?$/;

interface Reference {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

export function named(caller: Caller, group: string): LogGroupName {
  return { account: caller.account, region: caller.region, group };
}

/** An identifier is a name or an ARN; one of another account or region is of no group here. */
export function identified(caller: Caller, identifier: string): LogGroupName {
  if (!identifier.startsWith("arn:")) return named(caller, identifier);
  const [, region, account, group] = ARN.exec(identifier) ?? [];
  if (group === undefined) throw invalidParameter(`The log group ARN ${identifier} is not valid.`);
  if (account !== caller.account || region !== caller.region) throw noSuchGroup();
  return named(caller, group);
}

export function referred(caller: Caller, { logGroupName, logGroupIdentifier }: Reference): LogGroupName {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw new ServiceError("ValidationException", 400, "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  }
  if (logGroupIdentifier !== undefined) return identified(caller, logGroupIdentifier);
  if (logGroupName === undefined) throw invalidParameter("Either logGroupName or logGroupIdentifier must be given.");
  return named(caller, logGroupName);
}

/** The group with all that was written to it until now. Throws ResourceNotFoundException. */
export async function settledGroup(logs: Logs, name: LogGroupName): Promise<LogGroup> {
  await logs.buffer.settle(name);
  return existingGroup(logs, name);
}

/** Throws ResourceNotFoundException. */
export async function existingGroup(logs: Logs, name: LogGroupName): Promise<LogGroup> {
  const group = await logs.read(findGroup, name);
  if (group === undefined) throw noSuchGroup();
  return group;
}

export function groupArn({ account, region, group }: LogGroupName): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}`;
}
