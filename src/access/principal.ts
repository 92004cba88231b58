// The names of those who act, as AWS writes them: roots, users, roles and sessions of roles.

export interface RoleName {
  readonly account: string;
  /** "/" or "/service-role/". */
  readonly path: string;
  readonly name: string;
}

const ROLE_ARN = /^arn:aws[a-zA-Z-]*:iam::(\d{12}):role(\/(?:[\x21-\x7e]+\/)?)([\w+=,.@-]{1,64})$/;
const PRINCIPAL_ACCOUNT = /^arn:aws[a-zA-Z-]*:(?:iam|sts)::(\d{12}):/;

export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

export function userArn(account: string, user: string): string {
  return `arn:aws:iam::${account}:user/${user}`;
}

export function roleArn(role: RoleName): string {
  return `arn:aws:iam::${role.account}:role${role.path}${role.name}`;
}

/** Undefined when it is no role's ARN. */
export function parseRoleArn(arn: string): RoleName | undefined {
  const match = ROLE_ARN.exec(arn);
  return match === null ? undefined : { account: match[1] as string, path: match[2] as string, name: match[3] as string };
}

/** A session's ARN leaves the role's path out, as AWS does. */
export function sessionArn(role: RoleName, sessionName: string): string {
  return `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
}

const SESSION_ARN = /^arn:aws[a-zA-Z-]*:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\//;

/** Whether the principal of a resource policy ("*" or an ARN) names whoever this is: everybody, its account, itself, or the role whose session it is. */
export function namesPrincipal(principal: string, { account, principalArn }: { account: string; principalArn: string }): boolean {
  if (principal === "*" || principal === principalArn) return true;
  if (/^arn:[^:]+:iam::(\d{12}):root$/.exec(principal)?.[1] === account) return true;
  const [role, session] = [parseRoleArn(principal), SESSION_ARN.exec(principalArn)];
  return role !== undefined && session !== null && role.account === session[1] && role.name === session[2];
}

/** The account of an IAM or STS principal. */
export function accountOf(principalArn: string): string | undefined {
  return PRINCIPAL_ACCOUNT.exec(principalArn)?.[1];
}
