// STS through the real SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { ACCOUNT, awsError, type Keys, startIamServer, trust } from "../iam/iam-server.ts";

const roleArn = `arn:aws:iam::${ACCOUNT}:role/service-role/worker`;

function keysOf(credentials: Credentials | undefined): Keys {
  assert.ok(credentials?.AccessKeyId && credentials.SecretAccessKey && credentials.SessionToken);
  return {
    accessKeyId: credentials.AccessKeyId,
    secretAccessKey: credentials.SecretAccessKey,
    sessionToken: credentials.SessionToken,
  };
}

test("any key is its account's root in open mode", async (t) => {
  const server = await startIamServer(t);
  const { UserId, Account, Arn } = await server.sts().send(new GetCallerIdentityCommand());
  assert.deepEqual({ UserId, Account, Arn }, { UserId: ACCOUNT, Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` });
});

test("a stored key is its user", async (t) => {
  const server = await startIamServer(t);
  const key = await server.access.keys.create({ account: "222222222222", user: "ada" });
  const identity = await server.sts(key).send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, "arn:aws:iam::222222222222:user/ada");
  assert.equal(identity.Account, "222222222222");
  assert.match(identity.UserId ?? "", /^AIDA[A-Z2-7]{17}$/);
});

test("the credentials of an assumed role act as a session of that role", async (t) => {
  const server = await startIamServer(t);
  const role = await server
    .iam()
    .send(new CreateRoleCommand({ RoleName: "worker", Path: "/service-role/", AssumeRolePolicyDocument: trust }));
  const before = Date.now();
  const assumed = await server.sts().send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "night", DurationSeconds: 900 }));
  const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/night`;
  assert.deepEqual(assumed.AssumedRoleUser, { AssumedRoleId: `${role.Role?.RoleId}:night`, Arn: arn });
  assert.match(assumed.Credentials?.AccessKeyId ?? "", /^ASIA[A-Z2-7]{16}$/);
  const lifeMs = Number(assumed.Credentials?.Expiration) - before;
  assert.ok(lifeMs > 890_000 && lifeMs < 960_000, `${lifeMs} ms`);

  const identity = await server.sts(keysOf(assumed.Credentials)).send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, arn);
  assert.equal(identity.UserId, `${role.Role?.RoleId}:night`);
});

test("a role that nobody made can be taken in open mode", async (t) => {
  const server = await startIamServer(t);
  const unknown = "arn:aws:iam::333333333333:role/cdk-hnb659fds-deploy-role";
  const assumed = await server.sts().send(new AssumeRoleCommand({ RoleArn: unknown, RoleSessionName: "cdk" }));
  const identity = await server.sts(keysOf(assumed.Credentials)).send(new GetCallerIdentityCommand());
  assert.equal(identity.Account, "333333333333");
  assert.equal(identity.UserId, assumed.AssumedRoleUser?.AssumedRoleId);
});

test("a role that nobody made is forbidden in enforce mode", async (t) => {
  const server = await startIamServer(t, "enforce");
  const key = await server.access.keys.create({ account: ACCOUNT, user: "ada" });
  const principal = `arn:aws:iam::${ACCOUNT}:user/ada`;
  await assert.rejects(
    server.sts(key).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "night" })),
    awsError("AccessDenied", 403, `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`),
  );
});

test("in enforce mode a session signs with its own secret, and no other is accepted", async (t) => {
  const server = await startIamServer(t, "enforce");
  const key = await server.access.keys.create({ account: ACCOUNT, user: "ada" });
  await server.iam(key).send(new CreateRoleCommand({ RoleName: "worker", Path: "/service-role/", AssumeRolePolicyDocument: trust }));
  const assumed = await server.sts(key).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "night" }));
  const session = keysOf(assumed.Credentials);
  const identity = await server.sts(session).send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/night`);
  const forged = { ...session, secretAccessKey: key.secretAccessKey };
  await assert.rejects(server.sts(forged).send(new GetCallerIdentityCommand()), awsError("SignatureDoesNotMatch", 403, /signature/));
  const { sessionToken, ...bare } = session;
  await assert.rejects(server.sts(bare).send(new GetCallerIdentityCommand()), awsError("InvalidClientTokenId", 403, /./));
});

test("in enforce mode a function's credentials prove its role", async (t) => {
  const server = await startIamServer(t, "enforce");
  const identity = await server.sts(server.access.sessionForRole(roleArn, "resize")).send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/resize`);
});

test("a session lasts no longer than its role allows, and an hour at most when a session takes it", async (t) => {
  const server = await startIamServer(t);
  await server.iam().send(new CreateRoleCommand({ RoleName: "worker", Path: "/service-role/", AssumeRolePolicyDocument: trust }));
  const long = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "night", DurationSeconds: 3_601 });
  await assert.rejects(
    server.sts().send(long),
    awsError("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
  );
  const first = await server.sts().send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "night" }));
  const chained = new AssumeRoleCommand({
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/other`,
    RoleSessionName: "next",
    DurationSeconds: 3_601,
  });
  await assert.rejects(server.sts(keysOf(first.Credentials)).send(chained), awsError("ValidationError", 400, /1 hour session limit/));
});

test("what is no role's ARN is refused", async (t) => {
  const server = await startIamServer(t);
  const command = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:user/somebody`, RoleSessionName: "night" });
  await assert.rejects(server.sts().send(command), awsError("ValidationError", 400, "Request ARN is invalid"));
});

test("a session token is the caller itself, and gives no further one", async (t) => {
  const server = await startIamServer(t);
  const key = await server.access.keys.create({ account: ACCOUNT, user: "ada" });
  const { Credentials } = await server.sts(key).send(new GetSessionTokenCommand());
  const session = server.sts(keysOf(Credentials));
  assert.equal((await session.send(new GetCallerIdentityCommand())).Arn, `arn:aws:iam::${ACCOUNT}:user/ada`);
  await assert.rejects(
    session.send(new GetSessionTokenCommand()),
    awsError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"),
  );
});

test("web identities are refused, naming the provider that is not there", async (t) => {
  const server = await startIamServer(t);
  const claims = Buffer.from(JSON.stringify({ iss: "https://token.actions.example.com" })).toString("base64url");
  const command = (token: string) =>
    new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: "ci", WebIdentityToken: token });
  await assert.rejects(
    server.sts().send(command(`e30.${claims}.c2lnbmF0dXJl`)),
    awsError("InvalidIdentityToken", 400, "No OpenIDConnect provider found in your account for https://token.actions.example.com"),
  );
  await assert.rejects(server.sts().send(command("not-a-token")), awsError("InvalidIdentityToken", 400, /not a valid JWT/));
});

test("MFA and what is not built are refused by name", async (t) => {
  const server = await startIamServer(t);
  const mfa = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: "night",
    SerialNumber: "arn:aws:iam::1:mfa/x",
    TokenCode: "123456",
  });
  await assert.rejects(server.sts().send(mfa), awsError("NotImplemented", 501, /MFA/));
  await assert.rejects(
    server.sts().send(new GetFederationTokenCommand({ Name: "x1" })),
    awsError("NotImplemented", 501, /GetFederationToken/),
  );
});
