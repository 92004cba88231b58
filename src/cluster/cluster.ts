// One node of a cluster as one object: made by platform.ts where rows are in PostgreSQL, and by nobody else. A server that is alone loads none of it.
//
//   join: secret, port for other nodes, row ─▶ follow: catalogue ─▶ serve: invoker ─▶ drain ─▶ leave

import { availableParallelism, totalmem } from "node:os";
import { catalogueVersion } from "../functions/catalogue.procs.ts";
import type { FunctionCatalogue } from "../functions/catalogue.ts";
import { CatalogueSync } from "../functions/catalogue-sync.ts";
import type { ConcurrencyPlan } from "../functions/concurrency.ts";
import type { Invoker, LocalInvoker } from "../invoke/invoker.ts";
import type { PermitsFor } from "../invoke/permits.ts";
import type { ProvisionedStatus } from "../invoke/provisioned-pool.ts";
import { EXPOSITION_TYPE } from "../lib/exposition.ts";
import type { Random } from "../lib/random.ts";
import type { LogGroupName } from "../observe/log-segment.ts";
import type { Database } from "../store/database.ts";
import { leasedPermits } from "../store/permits/leased-permits.ts";
import type { NodePermits, PermitTotals } from "../store/permits/permits.ts";
import { Agreement } from "./agreement.ts";
import { ClusterInvoker } from "./cluster-invoker.ts";
import { ClusterPermits } from "./cluster-permits.ts";
import { describeNode, type NodeDescription, type SeenLoad } from "./describe-node.ts";
import type { MemberRow } from "./members.procs.ts";
import { Membership } from "./membership.ts";
import { type NodeAnswer, NodeClient, type NodeRequest, NotReached } from "./node-client.ts";
import { type DoorHandler, NodeDoor } from "./node-door.ts";
import { IDLE_NAMES_MAX, type Load, Peers } from "./peers.ts";
import { ProvisionedNodes } from "./provisioned-nodes.ts";
import { clusterSecret, derivedSecret } from "./secret.ts";

export type Role = "front" | "worker" | "poller" | "scheduler";

export interface ClusterParts {
  readonly database: Database;
  readonly nodeId: string;
  readonly random: Random;
  readonly program: string;
  readonly roles: ReadonlySet<Role>;
  /** Where other nodes come in; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** "10.0.0.1:4700", where they find it; absent: as listened to. */
  readonly address: string | undefined;
  readonly secret: string | undefined;
  readonly concurrencyMax: number;
  readonly note: (sentence: string) => void;
  readonly warn: (message: string, error: unknown) => void;
}

/** What an environment takes on average; only for comparing nodes. */
const ENVIRONMENT_BYTES = 128 * 1024 * 1024;
const ENVIRONMENTS_PER_CORE = 64;
/** A reader of logs waits so long for nodes that may hold the last second of them. */
const LOGS_MS = 1_000;
/** So long a caller waits for a node that is out of the cluster: one that was held up is back sooner. */
const REGAIN_MS = 2_000;

export class Cluster {
  readonly #parts: ClusterParts;
  readonly #secret: string;
  readonly #address: string;
  readonly #door: NodeDoor;
  readonly #client: NodeClient;
  readonly #membership: Membership;
  readonly #peers: Peers;
  readonly #room: number;
  readonly #leases: NodePermits;
  readonly #permits: ClusterPermits;
  readonly #agreement: Agreement;
  readonly #provisioned: ProvisionedNodes;
  #invoker: LocalInvoker | undefined;
  #catalogue: FunctionCatalogue | undefined;
  #sync: CatalogueSync | undefined;

  private constructor(
    parts: ClusterParts,
    made: { secret: string; address: string; door: NodeDoor; membership: Membership; room: number },
  ) {
    const { database, nodeId, note, warn } = parts;
    this.#parts = parts;
    this.#secret = made.secret;
    this.#address = made.address;
    this.#door = made.door;
    this.#membership = made.membership;
    this.#room = made.room;
    const client = new NodeClient({ nodeId, secret: made.secret, clock: database });
    this.#client = client;
    this.#peers = new Peers({ nodeId, client, ownLoad: () => this.#load(), note });
    const onError = (error: unknown) => warn("Permits of this node could not be kept in order", error);
    const onOverrun = ({ key, running }: { key: string; running: number }) =>
      note(`${running} invocations of ${key} go on although their permits have ended: the store was out of reach.`);
    this.#leases = leasedPermits({ database, nodeId, onOverrun, onError });
    this.#permits = new ClusterPermits({ leases: this.#leases, version: () => this.#sync?.version ?? 0, onError });
    this.#agreement = new Agreement({ nodeId, database, client, reach: (version) => this.#reach(version), note });
    this.#provisioned = new ProvisionedNodes({ nodeId, client, workers: () => this.#members("worker") });
    this.#membership.onChange(() => this.#peers.follow(this.#membership.members));
    this.#peers.follow(this.#membership.members);
    this.#door.handle("/load", (request) => this.#peers.answer(request));
  }

  /** From then on other nodes wait for this one to confirm what they change. Throws PlatformError. */
  static async join(parts: ClusterParts): Promise<Cluster> {
    const { database, nodeId, random, listen, roles, program, warn } = parts;
    const secret = await clusterSecret(database, random, parts.secret);
    // By the database's clock, so that those of the machines need not agree.
    const door = new NodeDoor({ nodeId, secret, clock: database, onError: (error) => warn("A request of another node failed", error) });
    const port = await door.listen(listen);
    const address = parts.address ?? `${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`;
    const room = roomOf(parts);
    const member = { id: nodeId, address, endpoint: "", roles: [...roles].join(","), program, room, concurrency: parts.concurrencyMax };
    const onError = (error: unknown) => warn("This node could not tell the others that it lives", error);
    try {
      const membership = await Membership.join({ database, member, note: parts.note, onError });
      return new Cluster(parts, { secret, address, door, membership, room });
    } catch (error) {
      await door.close();
      throw error;
    }
  }

  /** Where other nodes come in. */
  get address(): string {
    return this.#address;
  }

  /** For whoever starts this node. */
  get note(): string {
    const { nodeId, roles } = this.#parts;
    return `node ${nodeId} of a cluster (${[...roles].join(", ")}); other nodes reach it at ${this.#address}`;
  }

  get slot(): number {
    return this.#membership.slot;
  }

  /** False: it must take no work, and say nothing of functions. */
  get isMember(): boolean {
    return this.#membership.isMember;
  }

  /** What is known here is what others have answered. */
  get isCurrent(): boolean {
    return this.#membership.isMember;
  }

  /** For a caller who can wait a little. Never rejects. */
  untilCurrent(): Promise<boolean> {
    return this.#membership.regained(REGAIN_MS);
  }

  /** A key for another purpose, the same on every node. */
  keyFor(purpose: string): string {
    return derivedSecret(this.#secret, purpose);
  }

  get permitsFor(): PermitsFor {
    return this.#permits.permitsFor;
  }

  /** Keeps the catalogue, which has just been loaded, in step with the others'; `onChanges` as the method of that name. */
  async follow(catalogue: FunctionCatalogue, onChanges: () => Promise<void>): Promise<void> {
    const onError = (error: unknown) => this.#parts.warn("A change of another node could not be read", error);
    const sync = new CatalogueSync(this.#parts.database, catalogue, onError);
    sync.onRead(onChanges);
    this.#catalogue = catalogue;
    this.#sync = sync;
    this.#door.handle("/catalogue", (request) => this.#agreement.answer(request));
    await this.#membership.follow(sync);
  }

  /** What this node's environments are for all nodes; invocations of the answer run on whichever node is fit. */
  serve(local: LocalInvoker): Pick<Invoker, "invoke"> {
    const { nodeId, roles } = this.#parts;
    this.#invoker = local;
    const invoker = new ClusterInvoker({
      nodeId,
      local,
      peers: this.#peers,
      client: this.#client,
      room: this.#room,
      runsFunctions: roles.has("worker"),
      find: (name) => this.#catalogue?.find(name),
      catchUp: async () => this.#sync?.read(),
      takesWork: () => this.#takesWork,
      isMember: () => this.#membership.isMember,
    });
    this.#door.handle("/invoke", (request) => invoker.answer(request));
    this.#door.handle("/provisioned", (request) => this.#provisioned.answer(request, local));
    return invoker;
  }

  /** Where callers reach this node. */
  announce(endpoint: string): void {
    this.#membership.announce(endpoint);
  }

  /** Other nodes' changes have been read; they count as followed when the promise resolves. */
  onChanges(listener: () => void | Promise<void>): void {
    this.#sync?.onRead(listener);
  }

  /** Resolves when every member follows what this node has committed and applied so far. Rejects with StoreError. */
  async agree(): Promise<void> {
    if (this.#catalogue !== undefined) await this.#agreement.on(this.#catalogue.ownVersion);
  }

  /** The same for all that is committed, what the catalogue does not hold too. */
  async agreeOnAll(): Promise<void> {
    await this.#agreement.on(await this.#parts.database.read(catalogueVersion, null));
  }

  /** Of what is provisioned over all nodes, the part of this one. */
  partOf(plan: ConcurrencyPlan): ConcurrencyPlan {
    return this.#provisioned.partOf(plan);
  }

  /** Nodes that take from queues. */
  get pollers(): number {
    return this.#members("poller").length;
  }

  /** Called at once too. */
  onMembersChange(listener: () => void): void {
    this.#membership.onChange(listener);
    listener();
  }

  /** Workers came or went: parts have changed. */
  onWorkersChange(listener: () => void): void {
    let before = "";
    this.#membership.onChange(() => {
      const now = this.#members("worker")
        .map(({ id }) => id)
        .join();
      if (now !== before) listener();
      before = now;
    });
  }

  provisionedStatus(functionId: number, version: string, own: ProvisionedStatus | undefined): Promise<ProvisionedStatus | undefined> {
    return this.#provisioned.statusOf(functionId, version, own);
  }

  /** Log events that other nodes have in memory are in the store then, as far as those nodes answer. Never rejects. */
  async settleLogs(group: LogGroupName | undefined): Promise<void> {
    const request = { path: "/logs", body: JSON.stringify(group ?? null), timeoutMs: LOGS_MS };
    await Promise.allSettled(this.#peers.members.map((member) => this.#client.send(member, request)));
  }

  /** Another node asks for it. */
  onSettleLogs(settle: (group: LogGroupName | undefined) => Promise<void>): void {
    this.#door.handle("/logs", async ({ body }) => {
      await settle((JSON.parse(body.toString()) as LogGroupName | null) ?? undefined);
      return { status: 200, body: "" };
    });
  }

  /** Of one node that runs functions, the same for as long as it is there. undefined: none can be reached. Rejects with NodeLost. */
  async askWorker(request: NodeRequest): Promise<NodeAnswer | undefined> {
    for (const member of this.#members("worker").toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      try {
        return await this.#client.send(member, request);
      } catch (error) {
        if (!(error instanceof NotReached)) throw error;
      }
    }
    return undefined;
  }

  /** Another node asks for it. */
  onAsked(path: string, answer: DoorHandler): void {
    this.#door.handle(path, answer);
  }

  /** For `lambent nodes` and `lambent top --cluster`. */
  describe(): readonly NodeDescription[] {
    const { nodeId } = this.#parts;
    return this.#membership.members.map((member) => describeNode(member, this.#loadOf(member.id), member.id === nodeId));
  }

  /** Of this node, for its monitoring. */
  permits(): PermitTotals {
    return this.#leases.totals();
  }

  /** On the port for other nodes, for whoever has the token: a node without a front has no other one. */
  serveMetrics(token: string, text: () => Promise<string>): void {
    this.#door.handlePage("/metrics", { token, type: EXPOSITION_TYPE, text });
  }

  /** Other nodes send it nothing more. */
  async drain(): Promise<void> {
    await this.#membership.drain();
    await this.#peers.tellAll();
  }

  /** After everything that runs here has ended. */
  async leave(): Promise<void> {
    this.#peers.close();
    this.#sync?.close();
    await this.#leases.close().catch((error: unknown) => this.#parts.warn("Permits could not be given back", error));
    await this.#membership.leave().catch((error: unknown) => this.#parts.warn("This node could not say that it leaves", error));
    await this.#door.close();
    this.#client.close();
  }

  get #takesWork(): boolean {
    const { isMember, isDraining } = this.#membership;
    return isMember && !isDraining && this.#invoker !== undefined && this.#parts.roles.has("worker");
  }

  async #reach(version: number): Promise<void> {
    await this.#sync?.reach(version);
    await this.#permits.settled();
  }

  #members(role: Role): readonly MemberRow[] {
    return this.#membership.members.filter(({ roles, is_draining }) => is_draining === 0 && roles.split(",").includes(role));
  }

  #load(): Load {
    const idle = [...(this.#invoker?.idle() ?? [])].slice(-IDLE_NAMES_MAX);
    return { takesWork: this.#takesWork, busy: this.#invoker?.running ?? 0, room: this.#room, idle: Object.fromEntries(idle) };
  }

  #loadOf(nodeId: string): SeenLoad | undefined {
    if (nodeId === this.#parts.nodeId) return { ...this.#load(), isSilent: false };
    const load = this.#peers.loadOf(nodeId);
    return load && { ...load, isSilent: this.#peers.isSilent(nodeId) };
  }
}

/** How many environments fit here, roughly: by memory and cores, and never more than the account may run. */
function roomOf({ concurrencyMax }: ClusterParts): number {
  const byMemory = Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / ENVIRONMENT_BYTES);
  return Math.max(1, Math.min(concurrencyMax, byMemory, availableParallelism() * ENVIRONMENTS_PER_CORE));
}
