import assert from "node:assert/strict";
import { test } from "node:test";
import { LogPage } from "../../src/observe/log-page.ts";

function fill(direction: "forward" | "backward", times: readonly number[], limit: number): LogPage {
  const page = new LogPage(direction, limit);
  for (const ms of times) page.add({ ms, seq: ms, stream: "s", message: String(ms) });
  page.trim();
  return page;
}

const texts = ({ events }: ReturnType<LogPage["result"]>) => events.map((event) => event.message);

test("a page keeps the first events of its direction and hands them out in order", () => {
  const forward = fill("forward", [5, 3, 9, 1, 7], 3).result(false);
  assert.deepEqual([texts(forward), forward.next], [["1", "3", "5"], { ms: 5, seq: 5 }]);
  const backward = fill("backward", [5, 3, 9, 1, 7], 3).result(false);
  assert.deepEqual([texts(backward), backward.next], [["5", "7", "9"], { ms: 5, seq: 5 }]);
});

test("a page that is not full leads on only when chunks are left", () => {
  assert.equal(fill("forward", [1], 3).result(false).next, undefined);
  assert.deepEqual(fill("forward", [1], 3).result(true).next, { ms: 1, seq: 1 });
});

test("a full page wants only what comes before its last event", () => {
  const page = fill("forward", [5, 3, 9], 2);
  assert.deepEqual([page.wants({ ms: 4, seq: 0 }), page.wants({ ms: 6, seq: 0 })], [true, false]);
  assert.deepEqual([page.isSettledBefore(5), page.isSettledBefore(6)], [false, true]);
});

test("a cut leaves what is not certain to the next page", () => {
  const cut = fill("forward", [1, 3, 9], 10).cutAt(3);
  assert.deepEqual([texts(cut), cut.next], [["1"], { ms: 3, seq: -1 }]);
});

test("a cut behind the end of a full page loses nothing that was trimmed", () => {
  const cut = fill("forward", [1, 3, 5, 7], 2).cutAt(9);
  assert.deepEqual([texts(cut), cut.next], [["1", "3"], { ms: 3, seq: 3 }]);
});
