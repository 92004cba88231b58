// One node as `lambent nodes` and `lambent top` show it: its row, and what this node has heard of it.

import type { MemberRow } from "./members.procs.ts";
import type { Load } from "./peers.ts";

export type SeenLoad = Load & { readonly isSilent: boolean };

export interface NodeDescription {
  readonly id: string;
  readonly isThis: boolean;
  readonly address: string;
  readonly endpoint: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly startedMs: number;
  /** silent: it does not answer this node, though it lives. */
  readonly state: "joining" | "up" | "draining" | "silent";
  readonly running: number;
  readonly idle: number;
  readonly room: number;
  readonly catalogueVersion: number;
}

export function describeNode(member: MemberRow, load: SeenLoad | undefined, isThis: boolean): NodeDescription {
  const { id, address, endpoint, program, room } = member;
  const state = member.is_draining === 1 ? "draining" : load === undefined ? "joining" : load.isSilent ? "silent" : "up";
  return {
    id,
    isThis,
    address,
    endpoint,
    roles: member.roles.split(","),
    version: program,
    startedMs: member.started_at,
    state,
    running: load?.busy ?? 0,
    idle: Object.values(load?.idle ?? {}).reduce((sum, count) => sum + count, 0),
    room,
    catalogueVersion: member.catalogue_version,
  };
}
