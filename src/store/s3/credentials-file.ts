// AWS's shared files: ~/.aws/credentials, and [profile NAME] of ~/.aws/config.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Credentials, Variables } from "./credentials.ts";
import { S3Failure } from "./s3-failure.ts";

type Section = Readonly<Record<string, string>>;

/** Ways to get keys that we do not walk. */
const UNSUPPORTED = ["role_arn", "sso_session", "sso_start_url", "credential_process"];

/** undefined: nobody named a profile, and the default one has no keys. Throws S3Failure when the profile that is named is of no use. */
export async function credentialsOfFile(variables: Variables): Promise<Credentials | undefined> {
  const home = join(variables["HOME"] ?? "/", ".aws");
  const named = variables["AWS_PROFILE"];
  const profile = named || "default";
  const [keys, config] = await Promise.all([
    sectionsOf(variables["AWS_SHARED_CREDENTIALS_FILE"] ?? join(home, "credentials")),
    sectionsOf(variables["AWS_CONFIG_FILE"] ?? join(home, "config")),
  ]);
  const section: Section = { ...(config.get(`profile ${profile}`) ?? config.get(profile)), ...keys.get(profile) };
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token: sessionToken } = section;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  const other = UNSUPPORTED.find((name) => section[name] !== undefined);
  if (other !== undefined) throw refuse(`The profile '${profile}' gets its keys by ${other}, which lambent does not do yet`);
  if (named) throw refuse(`The profile '${profile}' has no aws_access_key_id and aws_secret_access_key`);
  return undefined;
}

async function sectionsOf(path: string): Promise<ReadonlyMap<string, Section>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return "";
    throw refuse(`${path} cannot be read (${error.code})`);
  });
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const title = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (title !== undefined) {
      section = sections.get(title) ?? {};
      sections.set(title, section);
      continue;
    }
    // Lines that are indented belong to a nested setting, and none of those is ours.
    const [, name, value] = /^([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) section[name.toLowerCase()] = value;
  }
  return sections;
}

function refuse(sentence: string): S3Failure {
  return new S3Failure({ status: 403, code: "no keys" }, `${sentence}.`);
}
