// TagRole, UntagRole and ListRoleTags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html

import type { ListRoleTagsRequest, ListRoleTagsResponse, TagRoleRequest, UntagRoleRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { noSuchRole } from "../refusals.ts";
import { formatTags, parseTags, tooManyTags } from "../tags.ts";
import { roleOf } from "./get-role.ts";
import { changeRoleTags, type TagChange } from "./role.procs.ts";

export async function tagRole(input: TagRoleRequest, call: Call, iam: Iam): Promise<void> {
  formatTags(input.Tags); // refuses a key that stands twice
  await change(input.RoleName, { added: input.Tags, removed: [] }, call, iam);
}

export async function untagRole(input: UntagRoleRequest, call: Call, iam: Iam): Promise<void> {
  await change(input.RoleName, { added: [], removed: input.TagKeys }, call, iam);
}

export async function listRoleTags(input: ListRoleTagsRequest, call: Call, iam: Iam): Promise<ListRoleTagsResponse> {
  const tags = parseTags((await roleOf(input.RoleName, call, iam)).tags);
  const { items, more } = pageOfAll(tags, input, ({ Key }) => Key);
  return { Tags: items, ...more };
}

async function change(name: string, tags: TagChange, call: Call, iam: Iam): Promise<void> {
  const outcome = await iam.database.run(changeRoleTags, { account: call.account, name, ...tags });
  if (outcome === "missing") throw noSuchRole(name);
  if (outcome === "too-many") throw tooManyTags();
}
