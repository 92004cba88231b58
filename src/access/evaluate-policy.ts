// What a role may do, from its policies' documents. Pure. An explicit Deny wins; what nothing allows is not allowed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// AWS: conditions are evaluated as far as policy-conditions.ts can; where one is not, an Allow does not match and a Deny does. The same holds for
// policy variables (${…}) in a resource.

import { conditionHolds, type PolicyContext } from "./policy-conditions.ts";
import { matchesText } from "./policy-wildcards.ts";
import { accountOf, rootArn } from "./principal.ts";

export interface PolicyRequest {
  /** "sqs:ReceiveMessage" */
  readonly action: string;
  readonly resourceArn: string;
  /** Of the role; its sessions are it too. */
  readonly roleArn: string;
  readonly context: PolicyContext;
}

export interface Policies {
  /** Documents, as JSON, of the role's inline and attached policies. */
  readonly identity: readonly string[];
  /** Of its permissions boundary: nothing beyond that is allowed by the others. */
  readonly boundary?: string | undefined;
  /** Of the resource: may allow a role of its own account by itself, and must allow one of another account too. */
  readonly resource?: string | undefined;
}

type Verdict = "allow" | "deny" | "nothing";

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

export function isAllowed(policies: Policies, request: PolicyRequest): boolean {
  const verdict = (documents: readonly string[]) => verdictOf(documents.flatMap(statementsOf), request);
  const identity = verdict(policies.identity);
  const boundary = policies.boundary === undefined ? "allow" : verdict([policies.boundary]);
  const isOwn = accountOf(request.roleArn) === request.resourceArn.split(":")[4];
  const resource = verdictOfResource(policies.resource, request, isOwn);
  if ([identity, boundary, resource].includes("deny")) return false;
  if (boundary !== "allow") return false;
  return isOwn ? identity === "allow" || resource === "allow" : identity === "allow" && resource === "allow";
}

function verdictOfResource(document: string | undefined, request: PolicyRequest, isOwn: boolean): Verdict {
  if (document === undefined) return "nothing";
  return verdictOf(
    statementsOf(document).filter((statement) => concerns(statement, request, isOwn)),
    request,
  );
}

/** To name the account hands the decision to its own policies, and allows nothing by itself there. */
function concerns({ Effect, Principal, NotPrincipal }: Statement, { roleArn }: PolicyRequest, isOwn: boolean): boolean {
  if (NotPrincipal !== undefined) return Effect === "Deny" && !principalsOf(NotPrincipal).includes(roleArn);
  const account = accountOf(roleArn) ?? "";
  const named = principalsOf(Principal);
  if (named.includes("*") || named.includes(roleArn)) return true;
  return (named.includes(account) || named.includes(rootArn(account))) && (!isOwn || Effect === "Deny");
}

function principalsOf(principal: unknown): readonly string[] {
  if (principal === "*") return ["*"];
  return typeof principal === "object" && principal !== null ? textsOf((principal as { readonly AWS?: unknown }).AWS) : [];
}

function verdictOf(statements: readonly Statement[], request: PolicyRequest): Verdict {
  const matching = statements.filter((statement) => matches(statement, request));
  if (matching.some(({ Effect }) => Effect === "Deny")) return "deny";
  return matching.some(({ Effect }) => Effect === "Allow") ? "allow" : "nothing";
}

function matches(statement: Statement, { action, resourceArn, context }: PolicyRequest): boolean {
  const isDeny = statement.Effect === "Deny";
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const names = (patterns: unknown) => textsOf(patterns).some((pattern) => matchesText(action.toLowerCase(), pattern.toLowerCase()));
  if (NotAction === undefined ? !names(Action) : names(NotAction)) return false;
  // A variable that is not known: a Deny reaches as far as it could, an Allow, and what a NotResource leaves out, only as far as it must.
  const covers = (patterns: unknown, isGenerous: boolean) =>
    textsOf(patterns).some((pattern) => (pattern.includes("${") ? isGenerous : matchesText(resourceArn, pattern)));
  if (NotResource === undefined ? !covers(Resource, isDeny) : covers(NotResource, !isDeny)) return false;
  const holds = conditionHolds(Condition, context);
  return holds === "yes" || (holds === "unknown" && isDeny);
}

/** Documents were checked when they were written: one that is none says nothing. */
function statementsOf(document: string): readonly Statement[] {
  try {
    const { Statement } = JSON.parse(document) as { readonly Statement?: Statement | readonly Statement[] };
    return Statement === undefined ? [] : Array.isArray(Statement) ? (Statement as readonly Statement[]) : [Statement as Statement];
  } catch {
    return [];
  }
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === "string");
}
