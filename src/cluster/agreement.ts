// A change of configuration is answered only when every node that takes work knows of it: then an invocation on any of them follows it.
//
//   commit ─▶ each other member: "do you have version n?" ─ yes ─▶ answered
//                 │ no answer: does its row say so, or has it ended?
//                 ▼
//              after FENCE_MS it is fenced out: it cannot renew its membership, which is waited for to end, and must join and read again
//
// The members are read after the commit: whoever joins later reads the catalogue after it too.

import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../store/database.ts";
import { fenceOut, type MemberRow, readMembers } from "./members.procs.ts";
import { MEMBER_TTL_MS } from "./membership.ts";
import type { NodeClient } from "./node-client.ts";
import type { DoorAnswer, DoorRequest } from "./node-door.ts";

const FENCE_MS = MEMBER_TTL_MS;
const LOOK_MS = 200;

export interface AgreementParts {
  readonly nodeId: string;
  readonly database: Database;
  readonly client: NodeClient;
  /** Resolves when this node follows everything up to that version. */
  readonly reach: (version: number) => Promise<void>;
  readonly note: (sentence: string) => void;
}

export class Agreement {
  readonly #parts: AgreementParts;
  #agreedVersion = 0;

  constructor(parts: AgreementParts) {
    this.#parts = parts;
  }

  /** Resolves when all follow everything up to `version`, which is committed. Rejects with StoreError. */
  async on(version: number): Promise<void> {
    if (version <= this.#agreedVersion) return;
    const { database, nodeId, reach } = this.#parts;
    const members = await database.read(readMembers, null);
    await Promise.all([reach(version), ...members.filter(({ id }) => id !== nodeId).map((member) => this.#confirm(member, version))]);
    this.#agreedVersion = Math.max(this.#agreedVersion, version);
  }

  /** Another node asks. */
  async answer({ body }: DoorRequest): Promise<DoorAnswer> {
    await this.#parts.reach(Number(body.toString()));
    return { status: 200, body: "" };
  }

  async #confirm(member: MemberRow, version: number): Promise<void> {
    const untilMs = performance.now() + FENCE_MS;
    let isFenced = false;
    while (!(await this.#hasConfirmed(member, version, untilMs)) && !(await this.#isPast(member.id, version))) {
      if (!isFenced && performance.now() > untilMs) {
        await this.#fence(member);
        isFenced = true;
      }
      await delay(LOOK_MS);
    }
  }

  async #hasConfirmed(member: MemberRow, version: number, untilMs: number): Promise<boolean> {
    const timeoutMs = Math.max(LOOK_MS, Math.ceil(untilMs - performance.now()));
    try {
      const { status } = await this.#parts.client.send(member, { path: "/catalogue", body: String(version), timeoutMs });
      return status === 200;
    } catch {
      return false;
    }
  }

  /** It has heard of it in another way, or counts no more. */
  async #isPast(id: string, version: number): Promise<boolean> {
    const members = await this.#parts.database.read(readMembers, null);
    const row = members.find((member) => member.id === id);
    return row === undefined || row.catalogue_version >= version;
  }

  async #fence({ id, address }: MemberRow): Promise<void> {
    this.#parts.note(`Node ${id} at ${address} did not confirm a change in time: it is out until it has joined again.`);
    await this.#parts.database.run(fenceOut, id);
  }
}
