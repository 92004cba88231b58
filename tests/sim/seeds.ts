// Runs a scenario from many seeds. A seed that finds something is told with what happened last, and with the command that replays it.

import { test } from "node:test";
import { type Outcome, type Scenario, SimulatedCluster } from "./cluster.ts";

const SEEDS = 8;
/** Of one test: a lot takes seconds, and no test may take minutes. */
const LOT = 50;
const TRACE_LINES = 60;

export interface Simulation {
  /** Of the seeds that are to be run. */
  readonly share: number;
  readonly scenario: Scenario;
}

/** SIM_SEED=N for that seed, SIM_SEEDS=N for so many; a test for each lot of them. */
export function simulate(name: string, { share, scenario }: Simulation): void {
  const seeds = seedsOf(share);
  for (let at = 0; at < seeds.length; at += LOT) {
    const lot = seeds.slice(at, at + LOT);
    test(`${name} (seeds ${lot[0]} to ${lot.at(-1)})`, async (t) => {
      const total: Record<keyof Outcome, number> = { starts: 0, forwarded: 0, throttled: 0, failed: 0, faults: 0, events: 0 };
      for (const seed of lot) {
        const outcome = await run(seed, scenario, name);
        for (const key of Object.keys(total) as (keyof Outcome)[]) total[key] += outcome[key];
      }
      t.diagnostic(JSON.stringify(total));
    });
  }
}

async function run(seed: number, scenario: Scenario, name: string): Promise<Outcome> {
  const cluster = new SimulatedCluster(seed, scenario);
  try {
    return await cluster.run();
  } catch (error) {
    const command = `SIM_SEED=${seed} node --test --test-name-pattern='${name}' tests/sim/cluster.test.ts`;
    const trace = cluster.world.trace.slice(-TRACE_LINES).join("\n");
    throw new Error(`Seed ${seed}: ${String(error)}\nWhat happened last:\n${trace}\nAgain: ${command}`, { cause: error });
  }
}

function seedsOf(share: number): readonly number[] {
  const { SIM_SEED, SIM_SEEDS } = process.env;
  if (SIM_SEED !== undefined) return [Number(SIM_SEED)];
  const count = Math.max(1, Math.round(Number(SIM_SEEDS ?? SEEDS) * share));
  return Array.from({ length: count }, (_, index) => index + 1);
}
