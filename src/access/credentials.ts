// Which secret belongs to an access key: the port that signature verification asks, whatever kind of key it is.
// Stored keys, STS sessions and execution-role credentials implement it; what a caller may then do is not decided here.

/** What a verified signature proves. */
export interface Identity {
  readonly secret: string;
  /** An IAM ARN: a user, an assumed role or the account's root. */
  readonly principalArn: string;
  /** 12 digits. */
  readonly account: string;
}

export interface Credentials {
  /** `sessionToken` is X-Amz-Security-Token as sent. Undefined: no such key, an expired one, or a token that does not belong to it. */
  find(accessKeyId: string, sessionToken: string | undefined): Identity | undefined | Promise<Identity | undefined>;
}
