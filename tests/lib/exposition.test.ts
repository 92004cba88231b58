// Prometheus' text format, where it is easily got wrong: what must be escaped, and histograms.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counter, exposition, gauge, histogram } from "../../src/lib/exposition.ts";
import { Histogram } from "../../src/lib/histogram.ts";

test("labels and help are escaped", () => {
  const text = exposition([gauge("a", "back\\slash\nnext", [{ label: 'say "hi"\\\n' }, 1])]);
  assert.equal(text, '# HELP a back\\\\slash\\nnext\n# TYPE a gauge\na{label="say \\"hi\\"\\\\\\n"} 1\n');
});

test("a histogram's buckets add up, a value on a bound belongs to it, and what is larger than all counts too", () => {
  const values = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 3]) values.add(value);
  assert.equal(
    exposition([histogram("h", "H.", [{ a: "b" }, values])]),
    '# HELP h H.\n# TYPE h histogram\nh_bucket{a="b",le="1"} 2\nh_bucket{a="b",le="2"} 3\nh_bucket{a="b",le="+Inf"} 4\nh_sum{a="b"} 6\nh_count{a="b"} 4\n',
  );
});

test("of what nothing is known nothing is said", () => {
  assert.equal(exposition([counter("c_total", "C.")]), "");
});
