// A node of a simulated cluster: the program's own membership, peers, leases, admission and placement, on the time, the ways and the store of
// the simulated world. Only what would run functions is made up: environments that take a while to start, and invocations that take a while.

import { ClusterInvoker } from "../../src/cluster/cluster-invoker.ts";
import { ClusterPermits } from "../../src/cluster/cluster-permits.ts";
import { Membership } from "../../src/cluster/membership.ts";
import type { DoorAnswer, DoorRequest } from "../../src/cluster/node-door.ts";
import { type Load, Peers } from "../../src/cluster/peers.ts";
import type { FunctionRecord } from "../../src/functions/function-record.ts";
import { type FunctionVersion, revisionKey } from "../../src/functions/version.ts";
import { Admission } from "../../src/invoke/admission.ts";
import type { Invocation, InvocationResult } from "../../src/invoke/invocation.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Database } from "../../src/store/database.ts";
import { leasedPermits } from "../../src/store/permits/leased-permits.ts";
import type { Permits } from "../../src/store/permits/permits.ts";
import { type Catalogue, permitKey, recordOf } from "./catalogue.ts";
import { SimulatedClient, type Station, type Way } from "./network.ts";
import type { Process, World } from "./world.ts";

const COLD_START_MS_MAX = 400;
const SHORT_MS_MAX = 100;
const ROOM = 50;

/** What a node tells those who watch. */
export interface Watch {
  /** A permit was obtained, and the invocation begins now. The returned function is called at its end. */
  started(node: SimulatedNode, key: string): () => void;
  /** The node sends an invocation, or a question, to another. */
  asked(node: SimulatedNode, to: string, path: string): void;
}

export interface NodeParts {
  readonly world: World;
  readonly id: string;
  readonly process: Process;
  /** Of passing time, as this machine has it. */
  readonly clock: Clock;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly watch: Watch;
  readonly slotsMax: number;
  readonly workMsMax: number;
  stationOf(nodeId: string): Station | undefined;
  wayTo(nodeId: string): Way;
}

export class SimulatedNode implements Station {
  readonly #parts: NodeParts;
  readonly #membership: Membership;
  readonly #peers: Peers;
  readonly #leases: Permits;
  readonly #admission: Admission;
  readonly #invoker: ClusterInvoker;
  readonly client: SimulatedClient;
  /** Function → environments that wait for work. */
  readonly #idle = new Map<number, number>();
  #catalogueVersion = 0;

  private constructor(parts: NodeParts, membership: Membership) {
    const { world, id, process, clock, database, catalogue, watch, stationOf, wayTo } = parts;
    const onError = (error: unknown) => world.note(`${id}: ${String(error)}`);
    this.#parts = parts;
    this.#membership = membership;
    const onAsk = (to: string, path: string) => watch.asked(this, to, path);
    this.client = new SimulatedClient({ world, nodeId: id, process, stationOf, wayTo, onAsk });
    this.#peers = new Peers({
      nodeId: id,
      client: this.client,
      clock,
      ownLoad: () => this.#load(),
      note: (line) => world.note(`${id}: ${line}`),
    });
    this.#leases = leasedPermits({
      database,
      nodeId: id,
      clock,
      onError,
      onOverrun: ({ key, running, held }) => world.note(`${id}: ${running} of ${key} run on with ${held} permits`),
    });
    const permits = new ClusterPermits({ leases: this.#leases, version: () => this.#catalogueVersion, onError });
    this.#admission = new Admission({ concurrencyMax: catalogue.concurrencyMax, graceMs: 0 }, permits.permitsFor);
    this.#invoker = new ClusterInvoker({
      nodeId: id,
      local: this.#local(),
      peers: this.#peers,
      client: this.client,
      room: ROOM,
      runsFunctions: true,
      find: ({ name }) => this.recordOf(name),
      catchUp: () => this.#read(),
      takesWork: () => this.#takesWork,
      isMember: () => membership.isMember,
    });
    membership.onChange(() => this.#peers.follow(membership.members));
    this.#peers.follow(membership.members);
  }

  /** As the platform starts one: a member first, then the catalogue, then the others. Rejects with StoreError. */
  static async start(parts: NodeParts): Promise<SimulatedNode> {
    const { id, database, clock, world, slotsMax, catalogue } = parts;
    const member = {
      id,
      address: `${id}:1`,
      endpoint: "",
      roles: "worker",
      program: "0",
      room: ROOM,
      concurrency: catalogue.concurrencyMax,
    };
    const onError = (error: unknown) => world.note(`${id}: ${String(error)}`);
    const membership = await Membership.join({ database, member, clock, slotsMax, onError, note: (line) => world.note(`${id}: ${line}`) });
    const node = new SimulatedNode(parts, membership);
    await node.#read();
    const read = () => node.#read();
    await membership.follow({
      get version() {
        return node.#catalogueVersion;
      },
      async reach(version) {
        if (version > node.#catalogueVersion) await read();
      },
    });
    return node;
  }

  get id(): string {
    return this.#parts.id;
  }

  get process(): Process {
    return this.#parts.process;
  }

  get isMember(): boolean {
    return this.#membership.isMember;
  }

  recordOf(name: string): FunctionRecord | undefined {
    return recordOf(this.#parts.catalogue.as(this.#catalogueVersion), name);
  }

  /** A caller comes to this node. Rejects with ServiceError. */
  invoke(name: string): Promise<InvocationResult> {
    return this.#invoker.invoke(this.#invocation(name));
  }

  /** One that is to run here and nowhere else. */
  invokeHere(name: string): Promise<InvocationResult> {
    return this.#run(this.#invocation(name));
  }

  async answer(path: string, request: DoorRequest): Promise<DoorAnswer> {
    return path === "/load" ? this.#peers.answer(request) : this.#invoker.answer(request);
  }

  #invocation(name: string): Invocation {
    const version = this.recordOf(name)!.running.get("$LATEST")!;
    return { requestId: "", version, invokedArn: "", payload: Buffer.alloc(0), tail: false };
  }

  /** What is in the catalogue now, as of a moment that the store decides. */
  async #read(): Promise<void> {
    const { database, catalogue } = this.#parts;
    const version = await database.run(catalogue.read, null);
    if (version <= this.#catalogueVersion) return;
    this.#catalogueVersion = version;
    for (const own of catalogue.as(version)) this.#admission.setOwn({ ...own, provisioned: 0 });
  }

  get #takesWork(): boolean {
    return this.#membership.isMember && !this.#membership.isDraining;
  }

  #load(): Load {
    const idle = this.#parts.catalogue.functions.map(({ version }) => [revisionKey(version), this.#idle.get(version.functionId) ?? 0]);
    return { takesWork: this.#takesWork, busy: this.#admission.running, room: ROOM, idle: Object.fromEntries(idle) };
  }

  #local() {
    const admission = () => this.#admission;
    return {
      invoke: (invocation: Invocation) => this.#run(invocation),
      idleOf: ({ functionId }: FunctionVersion) => this.#idle.get(functionId) ?? 0,
      get running() {
        return admission().running;
      },
    };
  }

  async #run({ version }: Invocation): Promise<InvocationResult> {
    const { watch, workMsMax, world } = this.#parts;
    const key = permitKey(version, this.recordOf(version.name)!);
    const permit = await this.#admission.admit(version);
    const ended = watch.started(this, key);
    const idle = this.#idle.get(version.functionId) ?? 0;
    if (idle > 0) this.#idle.set(version.functionId, idle - 1);
    else await this.#pass(world.chance.between(1, COLD_START_MS_MAX));
    await this.#pass(world.chance.between(1, world.chance.happens(0.8) ? SHORT_MS_MAX : workMsMax));
    ended();
    permit.release();
    this.#idle.set(version.functionId, (this.#idle.get(version.functionId) ?? 0) + 1);
    return { payload: Buffer.alloc(0), executedVersion: version.version };
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.world.after(ms, resolve, this.process));
  }
}
