// A cluster's decisions from a seed, with crashes, cuts, delays, losses and stopped processes: referee.ts says what must hold.

import { describe } from "node:test";
import { SimulatedCluster } from "./cluster.ts";
import { hundredNodes, threeNodes } from "./scenarios.ts";
import { simulate } from "./seeds.ts";

const file = "tests/sim/cluster.test.ts";

describe("a simulated cluster", { timeout: 3_600_000 }, () => {
  simulate("three nodes keep every limit, and everybody gets what is free", { file, of: (seed) => new SimulatedCluster(seed, threeNodes) });
  simulate("a hundred nodes keep every limit, and everybody gets what is free", {
    file,
    share: 0.02,
    of: (seed) => new SimulatedCluster(seed, hundredNodes),
  });
});
