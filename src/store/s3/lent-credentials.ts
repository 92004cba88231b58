// Keys that a machine is lent for some hours: by its container service (ECS, EKS Pod Identity), for a service account's token (EKS), or by
// the instance that it is (EC2). The addresses are AWS's, from the guides of its SDKs and tools.

import { readFile } from "node:fs/promises";
import type { Credentials, Variables } from "./credentials.ts";
import { type Answer, exchange, type Outgoing } from "./exchange.ts";
import { parseXml, refusalOf, S3Failure, silenceOf } from "./s3-failure.ts";

/** These services are next door. */
const NEAR = { silenceMs: 1_000, wholeMs: 5_000 } as const;
const STS = { silenceMs: 5_000, wholeMs: 10_000 } as const;

/** To whom a container's token may be shown without TLS. */
const LINK_LOCAL = new Set(["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]);

/** undefined where the variables name no container service. */
export async function credentialsOfContainer(variables: Variables): Promise<Credentials | undefined> {
  const relative = variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const text = relative ? `http://169.254.170.2${relative}` : variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && !LINK_LOCAL.has(url.hostname)))
    throw new S3Failure(
      { status: 403, code: "no keys" },
      "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine.",
    );
  const file = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = file ? (await readFile(file, "utf8")).trim() : variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  return lent(JSON.parse(await ask({ method: "GET", url, ...NEAR, ...(token && { headers: { authorization: token } }) })) as Lent);
}

/** undefined where this is no instance of EC2, or one without a role. */
export async function credentialsOfInstance(variables: Variables): Promise<Credentials | undefined> {
  if (variables["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") return undefined;
  const base = variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254";
  const at = (path: string) => new URL(`/latest/${path}`, base);
  const session = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  let token: string;
  try {
    token = await ask({ method: "PUT", url: at("api/token"), headers: session, ...NEAR });
  } catch {
    return undefined; // most machines are no instances
  }
  const get = (path: string) => ask({ method: "GET", url: at(path), headers: { "x-aws-ec2-metadata-token": token }, ...NEAR });
  const roles = "meta-data/iam/security-credentials/";
  const role = await get(roles).catch((error: S3Failure) => (error.status === 404 ? "" : Promise.reject(error)));
  return role === "" ? undefined : lent(JSON.parse(await get(`${roles}${role.split("\n")[0]}`)) as Lent);
}

/** undefined where the variables name no token. */
export async function credentialsOfToken(variables: Variables, region: string): Promise<Credentials | undefined> {
  const file = variables["AWS_WEB_IDENTITY_TOKEN_FILE"];
  if (!file) return undefined;
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: variables["AWS_ROLE_ARN"] ?? "",
    RoleSessionName: variables["AWS_ROLE_SESSION_NAME"] ?? "lambent",
    WebIdentityToken: (await readFile(file, "utf8")).trim(),
  });
  const url = new URL(variables["AWS_ENDPOINT_URL_STS"] ?? `https://sts.${region}.amazonaws.com`);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { AssumeRoleWithWebIdentityResponse: answer } = parseXml(
    await ask({ method: "POST", url, headers, body: form.toString(), ...STS }),
  ) as {
    AssumeRoleWithWebIdentityResponse?: { AssumeRoleWithWebIdentityResult?: { Credentials?: Lent } };
  };
  return lent(answer?.AssumeRoleWithWebIdentityResult?.Credentials ?? {});
}

/** As each of the three spells it. */
interface Lent {
  readonly AccessKeyId?: string;
  readonly SecretAccessKey?: string;
  readonly Token?: string;
  readonly SessionToken?: string;
  readonly Expiration?: string;
}

function lent({ AccessKeyId, SecretAccessKey, Token, SessionToken = Token, Expiration }: Lent): Credentials {
  if (!AccessKeyId || !SecretAccessKey) throw new S3Failure({ status: 403, code: "no keys" }, "The service that lends keys has sent none.");
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken && { sessionToken: SessionToken }),
    ...(Expiration && { expiresMs: Date.parse(Expiration) }),
  };
}

async function ask(what: Outgoing): Promise<string> {
  let answer: Answer;
  try {
    answer = await exchange(what);
  } catch (error) {
    throw silenceOf(error);
  }
  if (answer.status !== 200) throw refusalOf(answer);
  return answer.text;
}
