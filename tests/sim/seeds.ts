// Runs what is simulated from many seeds. A seed that finds something is told with what happened last, and with the command that replays it.

import { test } from "node:test";
import type { World } from "./world.ts";

const SEEDS = 8;
/** Of one test: a lot takes seconds, and no test may take minutes. */
const LOT = 50;
const TRACE_LINES = 60;

interface Simulated {
  readonly world: World;
  /** What there was of each thing. */
  run(): Promise<object>;
}

export interface Simulation {
  readonly file: string;
  /** Of the seeds that are to be run; absent: all. */
  readonly share?: number;
  of(seed: number): Simulated;
}

/** SIM_SEED=N for that seed, SIM_SEEDS=N for so many; a test for each lot of them. */
export function simulate(name: string, simulation: Simulation): void {
  const seeds = seedsOf(simulation.share ?? 1);
  for (let at = 0; at < seeds.length; at += LOT) {
    const lot = seeds.slice(at, at + LOT);
    test(`${name} (seeds ${lot[0]} to ${lot.at(-1)})`, async (t) => {
      const total: Record<string, number> = {};
      for (const seed of lot) {
        const counts = await run(seed, name, simulation);
        for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
      }
      t.diagnostic(JSON.stringify(total));
    });
  }
}

async function run(seed: number, name: string, { of, file }: Simulation): Promise<object> {
  const simulated = of(seed);
  try {
    return await simulated.run();
  } catch (error) {
    const command = `SIM_SEED=${seed} node --test --test-name-pattern='${name}' ${file}`;
    const trace = simulated.world.trace.slice(-TRACE_LINES).join("\n");
    throw new Error(`Seed ${seed}: ${String(error)}\nWhat happened last:\n${trace}\nAgain: ${command}`, { cause: error });
  }
}

function seedsOf(share: number): readonly number[] {
  const { SIM_SEED, SIM_SEEDS } = process.env;
  if (SIM_SEED !== undefined) return [Number(SIM_SEED)];
  const count = Math.max(1, Math.round(Number(SIM_SEEDS ?? SEEDS) * share));
  return Array.from({ length: count }, (_, index) => index + 1);
}
