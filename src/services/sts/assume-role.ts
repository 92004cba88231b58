// AssumeRole: temporary credentials that act as a role.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
//
// AWS: in open mode a role need not exist and the account's root may take it, since tools take roles that others would have made (CDK's
// bootstrap roles). In enforce mode the role must exist; its trust policy is not evaluated yet.

import { checkPermissionsPolicy } from "../../access/policy-document.ts";
import { parseRoleArn, type RoleName, sessionArn } from "../../access/principal.ts";
import { findRole, type RoleRow } from "../../access/roles.procs.ts";
import { idOfUnknownRole } from "../../access/unique-ids.ts";
import { ServiceError } from "../../lib/errors.ts";
import type { AssumeRoleRequest, AssumeRoleResponse } from "../../models/sts.ts";
import type { Call } from "../../wire/call.ts";
import { describeCredentials } from "./describe-credentials.ts";
import { refuseMfa } from "./refuse-mfa.ts";
import type { Sts } from "./sts.ts";

const DEFAULT_SECONDS = 3_600;
/** A role taken by a session of a role. */
const CHAINED_SECONDS_MAX = 3_600;
const UNKNOWN_ROLE_SECONDS_MAX = 43_200;

export async function assumeRole(input: AssumeRoleRequest, call: Call, sts: Sts): Promise<AssumeRoleResponse> {
  const name = parseRoleArn(input.RoleArn);
  if (name === undefined) throw invalid("Request ARN is invalid");
  refuseMfa(input);
  if (input.Policy !== undefined) checkPermissionsPolicy(input.Policy, "inline");
  const role = await roleToTake(name, input.RoleArn, call, sts);
  const seconds = secondsOf(input, role, call);
  const arn = sessionArn(role ?? name, input.RoleSessionName);
  return {
    Credentials: describeCredentials(sts.access.issue(arn, seconds * 1_000)),
    AssumedRoleUser: { AssumedRoleId: `${role?.role_id ?? idOfUnknownRole(name)}:${input.RoleSessionName}`, Arn: arn },
    ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
  };
}

/** Undefined: a role that exists by its name alone. AWS does not tell a missing role from a forbidden one. */
async function roleToTake(name: RoleName, arn: string, call: Call, sts: Sts): Promise<RoleRow | undefined> {
  const role = await sts.database.read(findRole, name);
  if (role?.path === name.path || sts.auth === "open") return role;
  throw new ServiceError(
    "AccessDenied",
    403,
    `User: ${call.principalArn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
  );
}

function secondsOf(input: AssumeRoleRequest, role: RoleRow | undefined, call: Call): number {
  const seconds = input.DurationSeconds ?? DEFAULT_SECONDS;
  if (seconds > (role?.session_seconds_max ?? UNKNOWN_ROLE_SECONDS_MAX)) {
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  if (seconds > CHAINED_SECONDS_MAX && call.principalArn.includes(":assumed-role/")) {
    throw invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  }
  return seconds;
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", 400, message);
}
