// Scaling on one simulated machine: the program's own pools, start slots and budgets; only the environments are made up, which take a while to
// start, sometimes fail to, and sometimes end in the middle of their work.
//
//   growth   a function gains no more environments in any ten seconds than its rate allows
//   need     none is started beyond the invocations that wait
//   machine  there are never more than may run and start at one time
//   idle     none is ended before its idle time, unless the machine is full; and each is after it
//   wait     nobody waits longer than starts can take
//   steady   under a load that does not change, none is started and none is ended

import { type FunctionVersion, revisionKey } from "../../src/functions/version.ts";
import { Admission } from "../../src/invoke/admission.ts";
import type { EnvironmentOwner, PooledEnvironment } from "../../src/invoke/environment-owner.ts";
import type { EndCause } from "../../src/invoke/environment-state.ts";
import { Pools } from "../../src/invoke/pools.ts";
import { defaultInvokerSettings, type InvokerSettings } from "../../src/invoke/ports.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import { versionOf } from "./catalogue.ts";
import { type Process, Violation, World } from "./world.ts";

const FUNCTIONS = 3;
const RATE_WINDOW_MS = 10_000;
const WORK_MS_MAX = 300;
const START_MS_MAX = 400;
/** An environment that has ended a little late, or was counted upon in vain, costs so much more. */
const WAIT_MS_MAX = 20_000;
const STEADY_CALLERS = 8;
const STEADY_MS = 20_000;
const MACHINE: Process = { name: "machine", isDead: false, stoppedUntilMs: 0 };

const settings: InvokerSettings = {
  ...defaultInvokerSettings,
  concurrencyMax: 40,
  startsMax: 6,
  keepIdleMs: 4_000,
  scalingRate: { burst: 25, perSecond: 3 },
};

export interface ScalingOutcome {
  readonly started: number;
  readonly ended: number;
  readonly done: number;
  readonly throttled: number;
}

class SimulatedEnvironment implements PooledEnvironment {
  state: PooledEnvironment["state"] = "starting";
  idleSinceMs: number | undefined;
  readonly isOld = false;
  readonly isReporting = false;
  readonly functionId: number;
  readonly #machine: SimulatedMachine;
  readonly #owner: EnvironmentOwner;

  constructor(functionId: number, machine: SimulatedMachine, owner: EnvironmentOwner) {
    this.functionId = functionId;
    this.#machine = machine;
    this.#owner = owner;
  }

  async start(): Promise<void> {
    const { world } = this.#machine;
    this.#machine.starting(this);
    await this.#machine.pass(world.chance.between(5, START_MS_MAX));
    if (this.#machine.hasFaults && world.chance.happens(0.05)) throw new Error("it cannot be started");
    if (this.state === "starting") world.after(1, () => this.#becomeIdle(), MACHINE);
  }

  deliver(): never {
    throw new Error("the machine runs them itself");
  }

  /** From the moment it was handed out. Resolves when the caller is answered; `onDone` is called when its permit is free again. */
  async run(onDone: () => void): Promise<void> {
    const { world, hasFaults } = this.#machine;
    this.state = "busy";
    this.idleSinceMs = undefined;
    await this.#machine.pass(world.chance.between(1, WORK_MS_MAX));
    if (hasFaults && world.chance.happens(0.02)) {
      onDone();
      return this.#end();
    }
    this.#owner.answered(this);
    const lateMs =
      hasFaults && world.chance.happens(0.05) ? 3 * settings.finishGraceMs : world.chance.between(0, settings.finishGraceMs / 2);
    world.after(lateMs, () => this.#finish(onDone), MACHINE);
  }

  async stop(cause: EndCause): Promise<void> {
    this.#machine.ending(this, cause);
    await this.#machine.pass(this.#machine.world.chance.between(1, 20));
    this.#end();
  }

  #finish(onDone: () => void): void {
    onDone();
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (this.state === "gone") return;
    this.state = "idle";
    this.idleSinceMs = this.#machine.world.nowMs;
    this.#owner.available(this);
  }

  #end(): void {
    if (this.state === "gone") return;
    this.state = "gone";
    this.#machine.ended(this);
    this.#owner.gone(this);
  }
}

export class SimulatedMachine {
  readonly world: World;
  hasFaults = true;
  readonly #pools: Pools;
  readonly #admission: Admission;
  readonly #versions = Array.from({ length: FUNCTIONS }, (_, index) => versionOf(index + 1));
  readonly #startedAtMs = new Map<number, number[]>();
  readonly #alive = new Set<SimulatedEnvironment>();
  readonly #counts = { started: 0, ended: 0, done: 0, throttled: 0 };

  constructor(seed: number) {
    this.world = new World(seed);
    const clock = this.world.clockOf(MACHINE, { rate: 1, offsetMs: 0 });
    this.#admission = new Admission({ concurrencyMax: settings.concurrencyMax, graceMs: 0 });
    this.#pools = new Pools({ settings, warn: () => {} }, { others: () => 0, clock });
  }

  /** Rejects with the first Violation. */
  async run(): Promise<ScalingOutcome> {
    await this.#storm(30_000);
    this.hasFaults = false;
    await this.#rest();
    await this.#steady();
    await this.#rest();
    return this.#counts;
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.after(ms, resolve, MACHINE));
  }

  #poolOf(version: FunctionVersion) {
    return this.#pools.of(version, (_, owner) => {
      this.#checkNeed(version);
      return new SimulatedEnvironment(version.functionId, this, owner);
    });
  }

  #checkNeed(version: FunctionVersion): void {
    const { starting, waiting } = this.#poolOf(version).stats;
    if (starting >= waiting)
      this.#fail("need", `another environment of ${version.name} starts beside ${starting} for ${waiting} invocations`);
  }

  starting(environment: SimulatedEnvironment): void {
    const { functionId } = environment;
    this.#counts.started++;
    this.#alive.add(environment);
    this.world.note(`an environment of f${functionId} starts, the ${this.#alive.size}th`);
    const { burst, perSecond } = settings.scalingRate;
    const startedAtMs = (this.#startedAtMs.get(functionId) ?? []).filter((atMs) => atMs > this.world.nowMs - RATE_WINDOW_MS);
    this.#startedAtMs.set(functionId, [...startedAtMs, this.world.nowMs]);
    if (startedAtMs.length + 1 > burst + (perSecond * RATE_WINDOW_MS) / 1_000)
      this.#fail("growth", `f${functionId} gains ${startedAtMs.length + 1} in ten seconds`);
    const count = this.#occupancy;
    if (count > settings.concurrencyMax + settings.startsMax) this.#fail("machine", `${count} environments are there`);
  }

  ending(environment: SimulatedEnvironment, cause: EndCause): void {
    const { idleSinceMs, functionId } = environment;
    if (cause !== "spindown" || idleSinceMs === undefined) return;
    const idleMs = this.world.nowMs - idleSinceMs;
    this.world.note(`an environment of f${functionId} ends after ${Math.round(idleMs)} ms`);
    const isFull = this.#occupancy + 1 > settings.concurrencyMax;
    if (idleMs < settings.keepIdleMs && !isFull) this.#fail("idle", `one of f${functionId} is ended after ${Math.round(idleMs)} ms`);
  }

  ended(environment: SimulatedEnvironment): void {
    this.#counts.ended++;
    this.#alive.delete(environment);
  }

  /** Those that the pools count. */
  get #occupancy(): number {
    const { starting, idle, busy } = this.#pools.stats([]);
    return starting + idle + busy;
  }

  /** Callers that come as they like: few, many at once, of one function or of all. */
  async #storm(durationMs: number): Promise<void> {
    const { world } = this;
    const endMs = world.nowMs + durationMs;
    while (world.nowMs < endMs) {
      const version = world.chance.oneOf(this.#versions);
      const calls = world.chance.happens(0.1) ? world.chance.below(60) : 1;
      for (let n = 0; n < calls; n++) void this.#call(version);
      await world.runUntil(world.nowMs + world.chance.gapMs(world.chance.oneOf([5, 50, 200])));
    }
  }

  /** Nobody comes: everything ends in its time. */
  async #rest(): Promise<void> {
    await this.world.runUntil(this.world.nowMs + WAIT_MS_MAX + 2 * settings.keepIdleMs);
    if (this.#alive.size > 0 || this.#pools.stats([]).pools > 0)
      throw new Violation("idle", `${this.#alive.size} environments are left of nothing to do`);
  }

  /** Callers who call again and again, always as many. */
  async #steady(): Promise<void> {
    const { world } = this;
    const endMs = world.nowMs + 2 * settings.keepIdleMs + STEADY_MS;
    const again = async () => {
      while (world.nowMs < endMs) await this.#call(this.#versions[0]!);
    };
    for (let n = 0; n < STEADY_CALLERS; n++) void again();
    await world.runUntil(endMs - STEADY_MS);
    const before = { ...this.#counts };
    await world.runUntil(endMs);
    const { started, ended } = this.#counts;
    if (started !== before.started || ended !== before.ended)
      throw new Violation("steady", `${started - before.started} were started and ${ended - before.ended} ended under an even load`);
  }

  async #call(version: FunctionVersion): Promise<void> {
    const cameMs = this.world.nowMs;
    let release = () => {};
    try {
      ({ release } = await this.#admission.admit(version));
      const environment = (await this.#poolOf(version).acquire(undefined)) as SimulatedEnvironment;
      if (this.world.nowMs - cameMs > WAIT_MS_MAX)
        this.#fail("wait", `an invocation of ${revisionKey(version)} waited ${this.world.nowMs - cameMs} ms`);
      await environment.run(release);
      this.#counts.done++;
    } catch (error) {
      release();
      if (!(error instanceof ServiceError)) this.world.fail(error);
      else if (error.status === 429) this.#counts.throttled++;
      if (error instanceof ServiceError) await this.pass(1);
    }
  }

  #fail(rule: string, sentence: string): void {
    this.world.note(`VIOLATION ${rule}: ${sentence}`);
    this.world.fail(new Violation(rule, sentence));
  }
}
