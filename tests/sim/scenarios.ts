// Clusters that are simulated: how many nodes, how much they have to do, and how often something breaks.

import type { Scenario } from "./cluster.ts";

export const threeNodes: Scenario = {
  nodes: 3,
  durationMs: 30_000,
  callsPerSecond: 150,
  faultsPerSecond: 0.7,
  workMsMax: 5_000,
  concurrencyMax: 60,
  reserved: [2, 24, undefined, undefined],
};

export const hundredNodes: Scenario = {
  nodes: 100,
  durationMs: 2_500,
  callsPerSecond: 300,
  faultsPerSecond: 20,
  workMsMax: 1_000,
  concurrencyMax: 1_000,
  reserved: [450, undefined],
};
