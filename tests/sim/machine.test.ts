// Scaling on one machine from a seed: machine.ts says what must hold.

import { describe } from "node:test";
import { SimulatedMachine } from "./machine.ts";
import { simulate } from "./seeds.ts";

describe("a simulated machine", { timeout: 3_600_000 }, () => {
  simulate("environments start and end as they are needed, and within every limit", {
    file: "tests/sim/machine.test.ts",
    of: (seed) => new SimulatedMachine(seed),
  });
});
