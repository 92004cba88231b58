// As cluster.test.ts, with a hundred nodes, who ask each other a lot: one seed costs as much as twenty of three nodes.

import { describe } from "node:test";
import { SimulatedCluster } from "./cluster.ts";
import { hundredNodes } from "./scenarios.ts";
import { simulate } from "./seeds.ts";

describe("a large simulated cluster", { timeout: 3_600_000 }, () => {
  simulate("a hundred nodes keep every limit, and everybody gets what is free", {
    file: "tests/sim/large-cluster.test.ts",
    share: 0.03,
    of: (seed) => new SimulatedCluster(seed, hundredNodes),
  });
});
