// Two keys that a test's gateway knows in enforce mode: a user's and a role session's.

import type { Credentials } from "../../src/access/credentials.ts";

export const USER_KEY = { accessKeyId: "AKIATESTTESTTESTTEST", secretAccessKey: "user/secret+key" };
export const SESSION_KEY = { accessKeyId: "ASIATESTTESTTESTTEST", secretAccessKey: "session/secret", sessionToken: "to+ken/with==" };
export const USER_ARN = "arn:aws:iam::111122223333:user/tester";
export const ROLE_ARN = "arn:aws:sts::111122223333:assumed-role/role/session";

export const knownKeys: Credentials = {
  async find(accessKeyId, sessionToken) {
    const account = "111122223333";
    if (accessKeyId === USER_KEY.accessKeyId && sessionToken === undefined)
      return { secret: USER_KEY.secretAccessKey, principalArn: USER_ARN, account };
    if (accessKeyId !== SESSION_KEY.accessKeyId || sessionToken !== SESSION_KEY.sessionToken) return undefined;
    return { secret: SESSION_KEY.secretAccessKey, principalArn: ROLE_ARN, account };
  },
};
