// Provisioned environments over several nodes: each has its part of them, and what is ready is the sum of what all have.

import type { ConcurrencyPlan } from "../functions/concurrency.ts";
import type { Invoker } from "../invoke/invoker.ts";
import type { ProvisionedStatus } from "../invoke/provisioned-pool.ts";
import type { MemberRow } from "./members.procs.ts";
import type { NodeClient } from "./node-client.ts";
import type { DoorAnswer, DoorRequest } from "./node-door.ts";
import { hasHome, homeOf, shareOf } from "./placement.ts";

const ANSWER_MS = 1_000;

export interface ProvisionedNodesParts {
  readonly nodeId: string;
  readonly client: NodeClient;
  /** This one among them, if it is one. */
  readonly workers: () => readonly MemberRow[];
}

export class ProvisionedNodes {
  readonly #parts: ProvisionedNodesParts;

  constructor(parts: ProvisionedNodesParts) {
    this.#parts = parts;
  }

  /** The function's concurrency counts all that is asked for, from the first moment on: no node knows how much the others have in place. */
  partOf(plan: ConcurrencyPlan): ConcurrencyPlan {
    const parts = plan.provisioned.map((one) => ({ ...one, count: this.#shareOf(plan, one.count) }));
    const provisioned = parts.filter(({ count }) => count > 0);
    return { ...plan, provisioned, claimed: plan.provisioned.reduce((sum, { count }) => sum + count, 0) };
  }

  /** undefined: nothing is provisioned for that version on any node. */
  async statusOf(functionId: number, version: string, own: ProvisionedStatus | undefined): Promise<ProvisionedStatus | undefined> {
    const others = this.#parts.workers().filter(({ id }) => id !== this.#parts.nodeId);
    const told = await Promise.all(others.map((member) => this.#ask(member, functionId, version)));
    const all = [own, ...told].filter((status) => status !== undefined);
    return all.length === 0 ? undefined : all.reduce(added);
  }

  async answer({ body }: DoorRequest, local: Pick<Invoker, "provisioned">): Promise<DoorAnswer> {
    const { functionId, version } = JSON.parse(body.toString()) as { functionId: number; version: string };
    return { status: 200, body: JSON.stringify((await local.provisioned(functionId, version)) ?? null) };
  }

  #shareOf({ functionId, reserved }: ConcurrencyPlan, count: number): number {
    const { nodeId, workers } = this.#parts;
    const ids = workers().map(({ id }) => id);
    const key = String(functionId);
    if (ids.length > 1 && hasHome(reserved, ids.length)) return homeOf(key, ids) === nodeId ? count : 0;
    return shareOf(count, key, nodeId, ids);
  }

  /** One that does not answer has nothing ready. */
  async #ask(member: MemberRow, functionId: number, version: string): Promise<ProvisionedStatus | undefined> {
    const unknown: ProvisionedStatus = { status: "IN_PROGRESS", allocated: 0, available: 0 };
    try {
      const body = JSON.stringify({ functionId, version });
      const answer = await this.#parts.client.send(member, { path: "/provisioned", body, timeoutMs: ANSWER_MS });
      return answer.status === 200 ? ((JSON.parse(answer.body.toString()) as ProvisionedStatus | null) ?? undefined) : unknown;
    } catch {
      return unknown;
    }
  }
}

/** FAILED if anywhere, ready when everywhere; nothing is of use before. */
function added(a: ProvisionedStatus, b: ProvisionedStatus): ProvisionedStatus {
  const statuses = [a.status, b.status];
  const status = statuses.includes("FAILED") ? "FAILED" : statuses.includes("IN_PROGRESS") ? "IN_PROGRESS" : "READY";
  return { status, allocated: a.allocated + b.allocated, available: a.available + b.available };
}
