// The spans of a period, and which of them a time is in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spanAt, spansOf } from "../../../src/services/ce/spans.ts";

const at = (text: string) => Date.parse(text);

test("months may begin and end with a part of one", () => {
  const spans = spansOf({ Start: "2026-01-15", End: "2026-03-02" }, "MONTHLY");
  assert.deepEqual(
    spans.map(({ TimePeriod }) => [TimePeriod.Start, TimePeriod.End]),
    [
      ["2026-01-15", "2026-02-01"],
      ["2026-02-01", "2026-03-01"],
      ["2026-03-01", "2026-03-02"],
    ],
  );
});

test("a time is in the span that begins at it or last before it", () => {
  const spans = spansOf({ Start: "2026-02-26", End: "2026-03-02" }, "DAILY");
  const times = ["2026-02-25T23:59:59Z", "2026-02-26", "2026-02-26T23:59:59Z", "2026-02-27", "2026-03-01T12:00:00Z"];
  assert.deepEqual(
    times.map((time) => spanAt(spans, at(time))),
    [-1, 0, 0, 1, 3],
  );
});

test("days that no calendar has are refused", () => {
  assert.throws(() => spansOf({ Start: "2026-02-29", End: "2026-03-05" }, "DAILY"), /2026-02-29 is no date/);
  assert.throws(() => spansOf({ Start: "2026-13-01", End: "2027-03-05" }, "DAILY"), /2026-13-01 is no date/);
  assert.throws(() => spansOf({ Start: "2026-03-05", End: "2026-03-05" }, "DAILY"), /should be before/);
});
