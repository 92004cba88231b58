// What one decision of placement costs: it is taken for every synchronous invocation of a cluster. Prints nanoseconds per decision.

import { type NodeLoad, place } from "../src/cluster/placement.ts";

const DECISIONS = 300_000;

function loads(count: number): readonly NodeLoad[] {
  return Array.from({ length: count }, (_, n) => ({ nodeId: `node-${n}`, takesWork: true, idle: n % 3, busy: n % 7, room: 100 }));
}

for (const nodes of [3, 20, 100]) {
  const [here, ...others] = loads(nodes);
  for (const limit of [undefined, 5]) {
    const placing = { here: here!, others, key: "function 7", limit };
    for (let n = 0; n < DECISIONS / 10; n++) place(placing);
    const startedMs = performance.now();
    for (let n = 0; n < DECISIONS; n++) place(placing);
    const nanoseconds = ((performance.now() - startedMs) * 1e6) / DECISIONS;
    console.log(`${nodes} nodes, ${limit === undefined ? "no limit" : `limit ${limit}`}: ${Math.round(nanoseconds)} ns`);
  }
}
