// What execution roles may do with what Lambda itself touches for them: queues that feed functions, and queues that records go to.
// AWS: evaluated only with `--auth enforce`, and only for roles that exist here; a role that does not may do anything. Trust policies, session
// policies and organisations' policies are not evaluated.

import type { Database } from "../store/database.ts";
import { awsManagedPolicies } from "./aws-managed-policies.ts";
import { isAllowed, type Policies, type PolicyRequest } from "./evaluate-policy.ts";
import { accountOf, parseRoleArn } from "./principal.ts";
import { type PolicyText, ROLES_TOPIC, type RolePolicies, readRolePolicies } from "./roles.procs.ts";

/** A wake-up of another node may be lost. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_MAX = 1_000;

export interface RolePermissionsParts {
  readonly database: Database;
  readonly bus: { subscribe(topic: string, listener: () => void): () => void };
  readonly isEnforced: boolean;
}

export interface Resource {
  readonly arn: string;
  /** Its own policy, as JSON. */
  readonly policy?: string | undefined;
}

interface Remembered {
  readonly policies: Promise<RolePolicies | undefined>;
  /** On performance.now(). */
  readonly untilMs: number;
}

export class RolePermissions {
  readonly #parts: RolePermissionsParts;
  readonly #remembered = new Map<string, Remembered>();
  readonly #stopListening: () => void;

  constructor(parts: RolePermissionsParts) {
    this.#parts = parts;
    this.#stopListening = parts.bus.subscribe(ROLES_TOPIC, () => this.#remembered.clear());
  }

  /** The first of the actions that the role may not do; undefined: it may do all. */
  async missing(roleArn: string, actions: readonly string[], resource: Resource): Promise<string | undefined> {
    if (!this.#parts.isEnforced) return undefined;
    const found = await this.#policiesOf(roleArn);
    if (found === undefined) return undefined;
    const policies = documentsOf(found, resource);
    return actions.find((action) => !isAllowed(policies, requestOf(roleArn, action, resource)));
  }

  /** Called when any role may do more, or less; after a call of it `missing` answers by what is so now. Returns what ends it. */
  onChange(listener: () => void): () => void {
    return this.#parts.bus.subscribe(ROLES_TOPIC, listener);
  }

  close(): void {
    this.#stopListening();
  }

  #policiesOf(roleArn: string): Promise<RolePolicies | undefined> {
    const known = this.#remembered.get(roleArn);
    if (known !== undefined && performance.now() < known.untilMs) return known.policies;
    const role = parseRoleArn(roleArn);
    if (role === undefined) return Promise.resolve(undefined);
    const policies = this.#parts.database.read(readRolePolicies, { account: role.account, name: role.name });
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(roleArn, { policies, untilMs: performance.now() + REMEMBERED_MS });
    policies.catch(() => this.#remembered.delete(roleArn)); // the next one tries again
    return policies;
  }
}

function documentsOf({ inline, attached, boundary }: RolePolicies, resource: Resource): Policies {
  return {
    identity: [...inline, ...attached.map(textOf)],
    boundary: boundary && textOf(boundary),
    resource: resource.policy === "" ? undefined : resource.policy,
  };
}

/** A policy that is gone allows nothing. */
function textOf({ arn, document }: PolicyText): string {
  return document ?? awsManagedPolicies.get(arn)?.document ?? "{}";
}

function requestOf(roleArn: string, action: string, { arn }: Resource): PolicyRequest {
  const [, , , region = "", account = ""] = arn.split(":");
  const context = {
    "aws:principalarn": roleArn,
    "aws:principalaccount": accountOf(roleArn) ?? "",
    "aws:principaltype": "AssumedRole",
    "aws:requestedregion": region,
    "aws:resourceaccount": account,
    "aws:securetransport": "true",
  };
  return { action, resourceArn: arn, roleArn, context };
}
