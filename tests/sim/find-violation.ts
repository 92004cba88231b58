// Prints the first violation that is found from the seed that is given on, or nothing.

import { SimulatedCluster } from "./cluster.ts";
import { threeNodes } from "./scenarios.ts";
import { Violation } from "./world.ts";

const SEEDS = 40;

process.stdout.write(`${(await firstViolation(Number(process.argv[2]))) ?? ""}\n`);

async function firstViolation(from: number): Promise<string | undefined> {
  for (let seed = from; seed < from + SEEDS; seed++) {
    try {
      await new SimulatedCluster(seed, threeNodes).run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return `${error.message} (seed ${seed})`;
    }
  }
  return undefined;
}
