// GetUser: who the caller's key belongs to. Tools read the account from the ARN.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
//
// AWS: users are not kept; a user is there while an access key names it (`lambent keys create --user`).

import { createHash } from "node:crypto";
import { accountKeys } from "../../../access/access.procs.ts";
import { uniqueId } from "../../../access/key-text.ts";
import { userArn } from "../../../access/principal.ts";
import type { GetUserRequest, GetUserResponse, User } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import { type Iam, iamDate } from "../iam.ts";
import { noSuchEntity, validationError } from "../refusals.ts";

export async function getUser(input: GetUserRequest, call: Call, iam: Iam): Promise<GetUserResponse> {
  const name = input.UserName ?? nameOfCaller(call);
  if (name === undefined) return { User: rootUser(call) };
  const arn = userArn(call.account, name);
  const keys = await iam.database.read(accountKeys, call.account);
  const first = keys.find(({ principal_arn }) => principal_arn === arn);
  if (first === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  const UserId = uniqueId("AIDA", createHash("sha256").update(arn).digest());
  return { User: { Path: "/", UserName: name, UserId, Arn: arn, CreateDate: iamDate(first.created_at) } };
}

/** Undefined: the account's root. Throws ServiceError for a session, which is no user. */
function nameOfCaller(call: Call): string | undefined {
  if (call.principalArn.endsWith(":root")) return undefined;
  const name = /:user\/(.+)$/.exec(call.principalArn)?.[1];
  if (name === undefined) throw validationError("Must specify userName when calling with non-User credentials");
  return name;
}

/** AWS: the root's day of birth is not known here. */
function rootUser(call: Call): User {
  return { Path: "/", UserName: "root", UserId: call.account, Arn: call.principalArn, CreateDate: new Date(0) };
}
