// A cluster's decisions from a seed, with crashes, cuts, delays, losses and stopped processes: referee.ts says what must hold.

import { describe } from "node:test";
import { SimulatedCluster } from "./cluster.ts";
import { threeNodes } from "./scenarios.ts";
import { simulate } from "./seeds.ts";

describe("a simulated cluster", { timeout: 3_600_000 }, () => {
  simulate("three nodes keep every limit, and everybody gets what is free", {
    file: "tests/sim/cluster.test.ts",
    of: (seed) => new SimulatedCluster(seed, threeNodes),
  });
});
