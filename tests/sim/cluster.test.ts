// A cluster's decisions from a seed, with crashes, cuts, delays, losses and stopped processes: tests/sim/referee.ts says what must hold.

import { describe } from "node:test";
import { hundredNodes, threeNodes } from "./scenarios.ts";
import { simulate } from "./seeds.ts";

describe("a simulated cluster", { timeout: 3_600_000 }, () => {
  simulate("three nodes keep every limit, and everybody gets what is free", { scenario: threeNodes, share: 1 });
  simulate("a hundred nodes keep every limit, and everybody gets what is free", { scenario: hundredNodes, share: 0.02 });
});
