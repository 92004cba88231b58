// A simulated cluster from its seed to its end: machines whose nodes come, go and come again, callers, faults, and at last a time without faults
// in which everybody must get what is free.

import { ServiceError } from "../../src/lib/errors.ts";
import { StoreError } from "../../src/store/database.ts";
import { Catalogue, permitKey } from "./catalogue.ts";
import { Way, type Weather } from "./network.ts";
import { SimulatedNode } from "./node.ts";
import { PERMIT_TTL_MS, Referee, STORE_SLOW_MS_MAX } from "./referee.ts";
import { SimulatedStore } from "./store.ts";
import { type Process, Violation, World } from "./world.ts";

export interface Scenario {
  readonly nodes: number;
  readonly durationMs: number;
  readonly callsPerSecond: number;
  readonly faultsPerSecond: number;
  /** The longest invocations: longer than a lease, they may outlive their permit when the store is out of reach. */
  readonly workMsMax: number;
  readonly concurrencyMax: number;
  /** What each function has for itself; undefined: it shares the rest. */
  readonly reserved: readonly (number | undefined)[];
}

export interface Outcome {
  readonly starts: number;
  readonly forwarded: number;
  readonly throttled: number;
  readonly failed: number;
  readonly faults: number;
  readonly events: number;
}

/** What the program's leases allow for: see believed-until.ts. */
const RATE_ERROR_MAX = 0.08;
const CHECK_MS = 50;
const REPAIR_MS = 1_000;
/** When the faults have ended and what ran then too, the dead are forgotten after so long. */
const QUIET_MS = 5_000;
/** Free permits of other nodes must have come to who alone wants them. */
const HUNGER_MS_MAX = PERMIT_TTL_MS;

interface Machine {
  readonly name: string;
  readonly toStore: Way;
  boots: number;
  process: Process;
  /** Undefined while it starts. */
  node: SimulatedNode | undefined;
}

export class SimulatedCluster {
  readonly world: World;
  readonly #scenario: Scenario;
  readonly #store: SimulatedStore;
  readonly #catalogue: Catalogue;
  readonly #referee: Referee;
  readonly #machines: readonly Machine[];
  readonly #stations = new Map<string, SimulatedNode>();
  readonly #diedAtMs = new Map<string, number>();
  readonly #ways = new Map<string, Way>();
  /** Between nodes, and to the store. */
  readonly #weathers: readonly [Weather, Weather];
  #isQuiet = false;
  #throttled = 0;
  #failed = 0;
  #faults = 0;

  constructor(seed: number, scenario: Scenario) {
    this.world = new World(seed);
    this.#scenario = scenario;
    const { chance } = this.world;
    const weather = (slowMsMax: readonly number[]) => ({
      lost: chance.oneOf([0, 0.001, 0.02]),
      slow: chance.oneOf([0.01, 0.1]),
      slowMsMax: chance.oneOf(slowMsMax),
    });
    this.#weathers = [weather([20, 300]), weather([20, STORE_SLOW_MS_MAX])];
    this.#referee = new Referee({
      world: this.world,
      store: () => this.#store,
      outOfReachSinceMs: (from, to) => this.#diedAtMs.get(to) ?? this.#openWay(from, to).outSinceMs,
      diedAtMs: (nodeId) => this.#diedAtMs.get(nodeId),
    });
    this.#store = new SimulatedStore(this.world, (proc) => this.#referee.committed(proc));
    this.#catalogue = new Catalogue(this.#store, scenario.concurrencyMax, scenario.reserved);
    this.#machines = Array.from({ length: scenario.nodes }, (_, index) => this.#machine(`n${index + 1}`));
  }

  /** Rejects with the first Violation. */
  async run(): Promise<Outcome> {
    const { durationMs } = this.#scenario;
    try {
      for (const machine of this.#machines) this.world.after(this.world.chance.between(0, 500), () => this.#boot(machine));
      this.#callLater();
      this.#faultLater();
      this.#checkLater();
      await this.world.runUntil(durationMs);
      await this.#calmDown();
      for (const name of this.#catalogue.functions.map(({ version }) => version.name)) await this.#feed(name);
    } finally {
      this.#store.close();
    }
    const { starts, forwarded } = this.#referee;
    return { starts, forwarded, throttled: this.#throttled, failed: this.#failed, faults: this.#faults, events: this.world.events };
  }

  // ── machines and their nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #machine(name: string): Machine {
    const process = { name, isDead: true, stoppedUntilMs: 0 };
    return { name, toStore: new Way(this.world, this.#weathers[1]), boots: 0, process, node: undefined };
  }

  #boot(machine: Machine): void {
    if (!machine.process.isDead) return;
    const { world } = this;
    const id = `${machine.name}.${++machine.boots}`;
    const process: Process = { name: id, isDead: false, stoppedUntilMs: 0 };
    const rate = 1 + world.chance.between(-RATE_ERROR_MAX, RATE_ERROR_MAX);
    const clock = world.clockOf(process, { rate, offsetMs: world.chance.between(0, 1e9) });
    machine.process = process;
    world.note(`${id} starts, its clock at a rate of ${rate.toFixed(5)}`);
    const started = SimulatedNode.start({
      world,
      id,
      process,
      clock,
      database: this.#store.connect(process, machine.toStore),
      catalogue: this.#catalogue,
      watch: this.#referee,
      slotsMax: 2_000,
      workMsMax: this.#scenario.workMsMax,
      stationOf: (nodeId) => this.#stations.get(nodeId),
      wayTo: (nodeId) => this.#openWay(id, nodeId),
    });
    started.then(
      (node) => {
        machine.node = node;
        this.#stations.set(id, node);
      },
      (error: unknown) => {
        if (!(error instanceof StoreError)) world.fail(error);
        this.#crash(machine); // as the program ends, and is started again
      },
    );
  }

  #crash(machine: Machine): void {
    const { world } = this;
    const { process } = machine;
    if (process.isDead) return;
    world.note(`${process.name} dies`);
    process.isDead = true;
    this.#diedAtMs.set(process.name, world.nowMs);
    this.#stations.delete(process.name);
    machine.node = undefined;
    // Its kernel lives on and breaks its connections, or the machine itself has gone and says nothing.
    const isTold = world.chance.happens(0.5);
    for (const { node } of this.#machines)
      if (isTold && node !== undefined) world.after(world.chance.between(0, 50), () => node.client.giveUp(process.name), node.process);
    world.after(world.chance.between(100, 5_000), () => this.#boot(machine));
  }

  /** Between two machines: all boots of theirs have the same. */
  #openWay(from: string, to: string): Way {
    const key = [from, to]
      .map((id) => id.split(".")[0])
      .toSorted()
      .join(" ");
    const way = this.#ways.get(key) ?? new Way(this.world, this.#weathers[0]);
    this.#ways.set(key, way);
    return way;
  }

  get #nodes(): readonly SimulatedNode[] {
    return this.#machines.flatMap(({ node }) => node ?? []);
  }

  // ── callers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #callLater(): void {
    const { chance } = this.world;
    this.world.after(chance.gapMs(this.#scenario.callsPerSecond / 4), () => {
      if (this.#isQuiet) return;
      const { version } = chance.oneOf(this.#catalogue.functions);
      const node = this.#nodes.length === 0 ? undefined : chance.oneOf(this.#nodes);
      const calls = chance.happens(0.05) ? 60 : 1; // four on average
      for (let n = 0; n < calls && node !== undefined; n++) this.#call(node, () => node.invoke(version.name));
      this.#callLater();
    });
  }

  #call(node: SimulatedNode, invoke: () => Promise<unknown>): void {
    const failed = (error: unknown) => {
      if (!(error instanceof ServiceError)) return this.world.fail(error);
      if (error.status === 429) this.#throttled++;
      else this.#failed++;
    };
    this.world.after(0, () => void invoke().catch(failed), node.process);
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #faultLater(): void {
    const { chance } = this.world;
    this.world.after(chance.gapMs(this.#scenario.faultsPerSecond), () => {
      if (this.#isQuiet) return;
      this.#faults++;
      this.#fault(chance.oneOf(this.#machines));
      this.#faultLater();
    });
  }

  #fault(machine: Machine): void {
    const { world } = this;
    const { chance } = world;
    const ms = chance.oneOf([50, 500, 2_000, 3_000, 5_000]) * chance.between(0.8, 1.2);
    const kind = chance.oneOf(["crash", "cut from store", "cut from another", "stop", "limits", "store away"] as const);
    world.note(`${machine.process.name}: ${kind}, ${Math.round(ms)} ms`);
    if (kind === "crash") this.#crash(machine);
    else if (kind === "cut from store") machine.toStore.cut(ms);
    else if (kind === "cut from another") this.#openWay(machine.name, chance.oneOf(this.#machines).name).cut(ms);
    else if (kind === "stop") machine.process.stoppedUntilMs = Math.max(machine.process.stoppedUntilMs, world.nowMs + ms);
    else if (kind === "limits") this.#changeLimits();
    else for (const { toStore } of this.#machines) toStore.cut(ms);
  }

  #changeLimits(): void {
    const { chance } = this.world;
    const { reserved } = this.#scenario;
    this.#catalogue.change(reserved.map((count) => (count === undefined ? undefined : Math.ceil(count * chance.oneOf([0.2, 0.5, 1])))));
  }

  #checkLater(): void {
    this.world.after(CHECK_MS, () => {
      this.#referee.checkMembership(this.#nodes);
      this.#checkLater();
    });
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** All faults are mended, but for processes that are stopped: they go on in their time. */
  async #calmDown(): Promise<void> {
    const { world } = this;
    this.#isQuiet = true;
    world.note("all faults end");
    for (const weather of this.#weathers) Object.assign(weather, { lost: 0, slow: 0 });
    for (const { toStore } of this.#machines) toStore.heal();
    for (const way of this.#ways.values()) way.heal();
    this.#catalogue.change(this.#scenario.reserved);
    const repair = () => {
      for (const machine of this.#machines) this.#boot(machine);
    };
    const allGoOnMs = Math.max(world.nowMs, ...this.#machines.map(({ process }) => (process.isDead ? 0 : process.stoppedUntilMs)));
    const endMs = allGoOnMs + this.#scenario.workMsMax + QUIET_MS;
    for (let atMs = world.nowMs; atMs < endMs; atMs += REPAIR_MS) world.at(atMs, repair);
    await world.runUntil(endMs);
    for (const { name, node } of this.#machines) if (node === undefined) throw new Violation("rejoin", `${name} is not back`);
  }

  /** One node alone wants all of a function's permits, and gets them. */
  async #feed(name: string): Promise<void> {
    const { world } = this;
    const node = world.chance.oneOf(this.#nodes);
    const { version } = this.#catalogue.functions.find((one) => one.version.name === name)!;
    const key = permitKey(version, node.recordOf(name)!);
    const limit = this.#referee.limitOf(key);
    world.note(`${node.id} wants all ${limit} permits of ${key}`);
    const untilMs = world.nowMs + HUNGER_MS_MAX;
    while (this.#referee.running(key) < limit) {
      if (world.nowMs > untilMs)
        throw new Violation("hunger", `${node.id} runs ${this.#referee.running(key)} of ${key} although ${limit} are free for it`);
      const missing = limit - this.#referee.running(key);
      for (let n = 0; n < missing; n++) this.#call(node, () => node.invokeHere(name));
      await world.runUntil(world.nowMs + 5);
    }
    await world.runUntil(world.nowMs + this.#scenario.workMsMax);
  }
}
