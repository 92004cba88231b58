// On which node an invocation runs, and how many provisioned environments each node has: decisions over numbers, with no time, chance or I/O
// in them, so that a simulation can run a hundred nodes. What they go by is a hint: the chosen node's permits decide whether it may start.

export interface NodeLoad {
  readonly nodeId: string;
  /** It runs functions, takes new work and was heard of lately. */
  readonly takesWork: boolean;
  /** Environments of the wanted revision that wait for work there, less what is on its way to them. */
  readonly idle: number;
  /** Environments of all functions that are busy or starting, and what is on its way there. */
  readonly busy: number;
  /** So many environments fit there; at least 1. */
  readonly room: number;
}

export interface Placing {
  /** Where the invocation arrived. */
  readonly here: NodeLoad;
  readonly others: readonly NodeLoad[];
  /** Names the function, the same on every node. */
  readonly key: string;
  /** How many invocations of the function may run at once, if it has a limit of its own. */
  readonly limit: number | undefined;
}

/** Below so many permits a node they would do nothing but move: all stay with one node, and the invocations go there. */
const HOME_BELOW = 4;
/** Another node must be freer by this part of its room to be worth the way there. */
const WAY = 0.25;

/** The node's id, or undefined when nobody takes work. */
export function place({ here, others, key, limit }: Placing): string | undefined {
  const nodes = [here, ...others].filter(({ takesWork }) => takesWork);
  if (nodes.length < 2) return nodes[0]?.nodeId;
  if (hasHome(limit, nodes.length)) return most(nodes, ({ nodeId }) => scoreOf(key, nodeId)).nodeId;
  if (here.takesWork && here.idle > 0) return here.nodeId;
  const idlest = most(nodes, ({ idle }) => idle);
  if (idlest.idle > 0) return idlest.nodeId;
  const freest = most(nodes, freeness);
  return here.takesWork && freeness(freest) - freeness(here) <= WAY ? here.nodeId : freest.nodeId;
}

/** One of the nodes, the same for everybody who asks; when a node goes, only its keys move. `nodeIds` must not be empty. */
export function homeOf(key: string, nodeIds: readonly string[]): string {
  return most(nodeIds, (nodeId) => scoreOf(key, nodeId));
}

/** Whether all invocations of a function with this limit go to one node. */
export function hasHome(limit: number | undefined, nodes: number): boolean {
  return limit !== undefined && limit < HOME_BELOW * nodes;
}

/** How many of `count` provisioned environments are this node's: over all nodes it sums up to `count`. */
export function shareOf(count: number, key: string, nodeId: string, nodeIds: readonly string[]): number {
  if (!nodeIds.includes(nodeId)) return 0;
  const inOrder = nodeIds.toSorted((a, b) => scoreOf(key, b) - scoreOf(key, a));
  const rest = inOrder.indexOf(nodeId) < count % nodeIds.length ? 1 : 0;
  return Math.floor(count / nodeIds.length) + rest;
}

/** The part of its room that is free; below 0 when more came than fit. */
function freeness({ busy, room }: NodeLoad): number {
  return 1 - busy / room;
}

/** The first of those with the highest score. */
function most<T>(all: readonly T[], score: (one: T) => number): T {
  return all.reduce((best, one) => (score(one) > score(best) ? one : best));
}

/** Rendezvous hashing: 32 bits of FNV-1a, mixed so that ids that differ in one character differ in all bits. */
function scoreOf(key: string, nodeId: string): number {
  let hash = 0x811c9dc5;
  const text = `${key}\n${nodeId}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
