// Prints the first violation that is found from the seed that is given on, or nothing.

import { SimulatedCluster } from "./cluster.ts";
import { SimulatedMachine } from "./machine.ts";
import { threeNodes } from "./scenarios.ts";
import { Violation } from "./world.ts";

const SEEDS = 40;
const [from, on] = process.argv.slice(2);

process.stdout.write(`${(await firstViolation(Number(from))) ?? ""}\n`);

async function firstViolation(first: number): Promise<string | undefined> {
  for (let seed = first; seed < first + SEEDS; seed++) {
    const simulated = on === "machine" ? new SimulatedMachine(seed) : new SimulatedCluster(seed, threeNodes);
    try {
      await simulated.run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return `${error.message} (seed ${seed})`;
    }
  }
  return undefined;
}
