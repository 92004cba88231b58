// A role as IAM answers it. Lists leave out tags and boundary, as AWS does.

import { encodePolicy } from "../../../access/policy-document.ts";
import { roleArn } from "../../../access/principal.ts";
import type { RoleRow } from "../../../access/roles.procs.ts";
import type { Role } from "../../../models/iam.ts";
import { iamDate } from "../iam.ts";
import { parseTags } from "../tags.ts";

export function listedRole(row: RoleRow): Role {
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.role_id,
    Arn: roleArn(row),
    CreateDate: iamDate(row.created_at),
    AssumeRolePolicyDocument: encodePolicy(row.trust_policy),
    ...(row.description === null ? {} : { Description: row.description }),
    MaxSessionDuration: row.session_seconds_max,
  };
}

/** AWS: RoleLastUsed is always empty, since use is not tracked. */
export function describedRole(row: RoleRow): Role {
  const tags = parseTags(row.tags);
  return {
    ...listedRole(row),
    ...(row.boundary_arn === null
      ? {}
      : { PermissionsBoundary: { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: row.boundary_arn } }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
    RoleLastUsed: {},
  };
}
