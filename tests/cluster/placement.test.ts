import assert from "node:assert/strict";
import { test } from "node:test";
import { homeOf, type NodeLoad, place, shareOf } from "../../src/cluster/placement.ts";

const node = (nodeId: string, load: Partial<NodeLoad> = {}): NodeLoad => ({ nodeId, takesWork: true, idle: 0, busy: 0, room: 10, ...load });
const placed = (here: NodeLoad, others: readonly NodeLoad[], limit?: number) => place({ here, others, key: "function 1", limit });

test("an idle environment here is used before any elsewhere", () => {
  assert.equal(placed(node("a", { idle: 1, busy: 9 }), [node("b", { idle: 5 })]), "a");
});

test("without one here the invocation goes to the node with the most idle ones", () => {
  assert.equal(placed(node("a"), [node("b", { idle: 1 }), node("c", { idle: 2 })]), "c");
});

test("where none is idle it starts here, unless another node is much freer", () => {
  assert.equal(placed(node("a", { busy: 2 }), [node("b")]), "a");
  assert.equal(placed(node("a", { busy: 5 }), [node("b", { busy: 1 }), node("c", { busy: 2 })]), "b");
});

test("a node that takes no work is given none, and nobody is found when none does", () => {
  assert.equal(placed(node("a", { takesWork: false, idle: 1 }), [node("b", { busy: 10 })]), "b");
  assert.equal(placed(node("a", { takesWork: false }), [node("b", { takesWork: false })]), undefined);
});

test("a function with a small limit has one home, wherever its callers come in", () => {
  const nodes = [node("a", { idle: 3 }), node("b", { idle: 1 }), node("c")];
  const homes = nodes.map((here) =>
    placed(
      here,
      nodes.filter((one) => one !== here),
      5,
    ),
  );
  assert.equal(new Set(homes).size, 1);
  assert.equal(placed(nodes[0]!, nodes.slice(1), 12), "a", "twelve permits are enough for three nodes");
});

test("when a node goes, only what had its home there moves", () => {
  const keys = Array.from({ length: 300 }, (_, n) => `function ${n}`);
  const before = keys.map((key) => homeOf(key, ["a", "b", "c"]));
  const after = keys.map((key) => homeOf(key, ["a", "c"]));
  assert.deepEqual(
    before.filter((home, n) => home !== "b" && home !== after[n]),
    [],
  );
  for (const home of ["a", "b", "c"]) assert.ok(before.filter((one) => one === home).length > 60, `${home} has its part`);
});

test("provisioned environments are shared out over all nodes, to the last one", () => {
  const ids = ["a", "b", "c"];
  for (const count of [0, 1, 2, 3, 7, 100]) {
    const shares = ids.map((id) => shareOf(count, "function 1", id, ids));
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      count,
    );
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
  }
  assert.equal(shareOf(5, "function 1", "d", ids), 0);
});
