// TagPolicy, UntagPolicy and ListPolicyTags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html

import type { ListPolicyTagsRequest, ListPolicyTagsResponse, Tag, TagPolicyRequest, UntagPolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { noSuchPolicy } from "../refusals.ts";
import { formatTags, parseTags, tooManyTags } from "../tags.ts";
import { findOwnPolicy, ownKey } from "./find-policy.ts";
import { changePolicyTags } from "./policy.procs.ts";

export async function tagPolicy(input: TagPolicyRequest, call: Call, iam: Iam): Promise<void> {
  formatTags(input.Tags); // refuses a key that stands twice
  await change(input.PolicyArn, { added: input.Tags, removed: [] }, call, iam);
}

export async function untagPolicy(input: UntagPolicyRequest, call: Call, iam: Iam): Promise<void> {
  await change(input.PolicyArn, { added: [], removed: input.TagKeys }, call, iam);
}

export async function listPolicyTags(input: ListPolicyTagsRequest, call: Call, iam: Iam): Promise<ListPolicyTagsResponse> {
  const tags = parseTags((await findOwnPolicy(input.PolicyArn, call, iam)).tags);
  const { items, more } = pageOfAll(tags, input, ({ Key }) => Key);
  return { Tags: items, ...more };
}

async function change(arn: string, tags: { added: readonly Tag[]; removed: readonly string[] }, call: Call, iam: Iam): Promise<void> {
  const outcome = await iam.database.run(changePolicyTags, { ...ownKey(arn, call), ...tags });
  if (outcome === "missing") throw noSuchPolicy(arn);
  if (outcome === "too-many") throw tooManyTags();
}
