// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion and SetDefaultPolicyVersion.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html

import type {
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyVersionRequest,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  SetDefaultPolicyVersionRequest,
} from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import { type Iam, iamDate } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { deleteConflict, limitExceeded, noSuchPolicy, noSuchPolicyVersion } from "../refusals.ts";
import { checkManaged } from "./create-policy.ts";
import { refuseAwsManaged } from "./delete-policy.ts";
import { describedVersion, listedVersion, managedVersion } from "./describe-policy.ts";
import { findPolicy, ownKey } from "./find-policy.ts";
import {
  addPolicyVersion,
  deletePolicyVersion as deleteVersionRow,
  listPolicyVersions as listVersionRows,
  setDefaultPolicyVersion as setDefaultRow,
  VERSIONS_MAX,
} from "./policy.procs.ts";

export async function createPolicyVersion(input: CreatePolicyVersionRequest, call: Call, iam: Iam): Promise<CreatePolicyVersionResponse> {
  refuseAwsManaged(input.PolicyArn, call, "iam:CreatePolicyVersion");
  checkManaged(input.PolicyDocument);
  const [nowMs, asDefault] = [iam.clock.nowMs(), input.SetAsDefault === true];
  const added = await iam.database.run(addPolicyVersion, {
    ...ownKey(input.PolicyArn, call),
    document: input.PolicyDocument,
    asDefault,
    nowMs,
  });
  if (added === "missing") throw noSuchPolicy(input.PolicyArn);
  if (added === "too-many") {
    throw limitExceeded(
      `A managed policy can have up to ${VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
    );
  }
  return { PolicyVersion: { VersionId: `v${added}`, IsDefaultVersion: asDefault, CreateDate: iamDate(nowMs) } };
}

export async function getPolicyVersion(input: GetPolicyVersionRequest, call: Call, iam: Iam): Promise<GetPolicyVersionResponse> {
  const found = await findPolicy(input.PolicyArn, call, iam);
  if ("managed" in found) {
    if (input.VersionId !== "v1") throw noSuchPolicyVersion(input.PolicyArn, input.VersionId);
    return { PolicyVersion: describedVersion(managedVersion(), found.managed.document) };
  }
  const versions = await iam.database.read(listVersionRows, found.own);
  const version = versions.find((row) => `v${row.version}` === input.VersionId);
  if (version === undefined) throw noSuchPolicyVersion(input.PolicyArn, input.VersionId);
  return { PolicyVersion: describedVersion(listedVersion(version, found.own), version.document) };
}

export async function listPolicyVersions(input: ListPolicyVersionsRequest, call: Call, iam: Iam): Promise<ListPolicyVersionsResponse> {
  const found = await findPolicy(input.PolicyArn, call, iam);
  if ("managed" in found) return { Versions: [managedVersion()], IsTruncated: false };
  const versions = await iam.database.read(listVersionRows, found.own);
  const listed = versions.map((row) => listedVersion(row, found.own));
  // Newest first: a policy has at most five versions, so a page is asked for by its place from the newest.
  const { items, more } = pageOfAll([...listed.entries()], input, ([place]) => String(place));
  return { Versions: items.map(([, version]) => version), ...more };
}

export async function deletePolicyVersion(input: DeletePolicyVersionRequest, call: Call, iam: Iam): Promise<void> {
  const { PolicyArn: arn, VersionId: version } = input;
  refuseAwsManaged(arn, call, "iam:DeletePolicyVersion");
  const outcome = await iam.database.run(deleteVersionRow, { ...ownKey(arn, call), version: versionNumber(arn, version) });
  if (outcome === "missing") throw noSuchPolicy(arn);
  if (outcome === "no-version") throw noSuchPolicyVersion(arn, version);
  if (outcome === "is-default") throw deleteConflict("Cannot delete the default version of a policy.");
}

export async function setDefaultPolicyVersion(input: SetDefaultPolicyVersionRequest, call: Call, iam: Iam): Promise<void> {
  const { PolicyArn: arn, VersionId: version } = input;
  refuseAwsManaged(arn, call, "iam:SetDefaultPolicyVersion");
  const wanted = { ...ownKey(arn, call), version: versionNumber(arn, version), nowMs: iam.clock.nowMs() };
  const outcome = await iam.database.run(setDefaultRow, wanted);
  if (outcome === "missing") throw noSuchPolicy(arn);
  if (outcome === "no-version") throw noSuchPolicyVersion(arn, version);
}

/** "v12" → 12. */
function versionNumber(arn: string, version: string): number {
  const digits = /^v([1-9]\d{0,8})$/.exec(version)?.[1];
  if (digits === undefined) throw noSuchPolicyVersion(arn, version);
  return Number(digits);
}
