// Reads IAM policy documents: who may take a role (trust) and what a holder may do (permissions). Refuses malformed ones with AWS's words;
// what a policy means is not decided here. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { ServiceError } from "../lib/errors.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

const VERSIONS = ["2012-10-17", "2008-10-17"];
const DOCUMENT_FIELDS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_FIELDS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const SYNTAX = "Syntax errors in policy.";

/** Throws ServiceError MalformedPolicyDocument unless `text` can be a role's trust policy. */
export function checkTrustPolicy(text: string): void {
  const document = parse(text, "This policy contains invalid Json");
  for (const field of Object.keys(document)) if (!DOCUMENT_FIELDS.has(field)) refuse(`Unknown field ${field}`);
  if (document.Version !== undefined && !VERSIONS.includes(document.Version as string))
    refuse("The policy must contain a valid version string");
  if (document.Statement === undefined) refuse("Missing required field Statement");
  const statements = statementsOf(document, "This policy contains invalid Json");
  for (const statement of statements) checkTrustStatement(statement);
  checkIds(statements);
}

/** Throws ServiceError MalformedPolicyDocument unless `text` can be an inline or managed policy. A managed one needs the present grammar. */
export function checkPermissionsPolicy(text: string, kind: "inline" | "managed"): void {
  const document = parse(text, SYNTAX);
  if (Object.keys(document).some((field) => !DOCUMENT_FIELDS.has(field))) refuse(SYNTAX);
  if (document.Version !== undefined && !VERSIONS.includes(document.Version as string)) refuse(SYNTAX);
  if (kind === "managed" && document.Version !== VERSIONS[0]) refuse("Policy document must be version 2012-10-17 or greater.");
  const statements = statementsOf(document, SYNTAX);
  for (const statement of statements) checkPermissionsStatement(statement);
  checkIds(statements);
}

/** What AWS's size limits count: everything but white space. */
export function policySize(text: string): number {
  return text.replaceAll(/\s/g, "").length;
}

/** Documents travel percent-encoded in answers, as RFC 3986 has it. */
export function encodePolicy(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function checkTrustStatement(statement: JsonObject): void {
  for (const field of ["Resource", "NotResource"]) if (field in statement) refuse(`Has prohibited field ${field}`);
  for (const field of Object.keys(statement)) if (!STATEMENT_FIELDS.has(field)) refuse(`Unknown field ${field}`);
  if (statement.Effect === undefined) refuse("Missing required field Effect");
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") refuse(`Invalid effect: ${String(statement.Effect)}`);
  if (!("Principal" in statement || "NotPrincipal" in statement)) refuse("Missing required field Principal");
  if (!("Action" in statement || "NotAction" in statement)) refuse("Missing required field Action");
  const isForSts = (action: string) => /^(\*|sts:.+)$/i.test(action);
  if (!textsOf(statement.Action).every(isForSts)) refuse("AssumeRole policy may only specify STS AssumeRole actions.");
}

function checkPermissionsStatement(statement: JsonObject): void {
  if ("Principal" in statement || "NotPrincipal" in statement) refuse("Policy document should not specify a principal.");
  if (Object.keys(statement).some((field) => !STATEMENT_FIELDS.has(field))) refuse(SYNTAX);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") refuse(SYNTAX);
  const actions = [...textsOf(statement.Action), ...textsOf(statement.NotAction)];
  if (actions.length === 0) refuse("Policy statement must contain actions.");
  if ("Action" in statement && "NotAction" in statement) refuse(SYNTAX);
  const isPrefaced = (action: string) => action === "*" || /^[\w-]+:[\w*?-]+$/.test(action);
  if (!actions.every(isPrefaced)) refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  const resources = [...textsOf(statement.Resource), ...textsOf(statement.NotResource)];
  if (resources.length === 0) refuse("Policy statement must contain resources.");
  if ("Resource" in statement && "NotResource" in statement) refuse(SYNTAX);
  const stray = resources.find((resource) => !/^(\*|arn:.*)$/.test(resource));
  if (stray !== undefined) refuse(`Resource ${stray} must be in ARN format or "*".`);
}

function checkIds(statements: readonly JsonObject[]): void {
  const ids = statements.map(({ Sid }) => Sid).filter((id) => id !== undefined && id !== "");
  if (!ids.every((id) => typeof id === "string" && /^[0-9A-Za-z]*$/.test(id))) {
    refuse("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*");
  }
  if (new Set(ids).size !== ids.length) refuse("Statement IDs (SID) in a single policy must be unique.");
}

function parse(text: string, otherwise: string): JsonObject {
  try {
    const document = JSON.parse(text) as Json;
    if (isObject(document)) return document;
  } catch {
    // refused below, in the same words
  }
  return refuse(otherwise);
}

function statementsOf(document: JsonObject, otherwise: string): readonly JsonObject[] {
  const { Statement } = document;
  const statements = Array.isArray(Statement) ? (Statement as readonly Json[]) : [Statement ?? null];
  return statements.every(isObject) && statements.length > 0 ? statements : refuse(otherwise);
}

function textsOf(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return values.map((each) => (typeof each === "string" ? each : refuse(SYNTAX)));
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(message: string): never {
  throw new ServiceError("MalformedPolicyDocument", 400, message);
}
