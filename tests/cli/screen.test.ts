// Tables as commands print them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "../../src/cli/screen.ts";

test("columns are as wide as their widest cell, colours not counted, and to the right where asked", () => {
  const rows = [
    ["\u001b[2mlonger\u001b[22m", "1"],
    ["b", "100"],
  ];
  assert.equal(table(["NAME", "N"], rows, { right: [1] }), "NAME      N\n\u001b[2mlonger\u001b[22m    1\nb       100\n");
});

test("a table may have a great many rows", () => {
  const printed = table(
    ["N"],
    Array.from({ length: 300_000 }, (_, at) => [`${at}`]),
  );
  assert.equal(printed.length, 2 + [...Array(300_000).keys()].reduce((sum, at) => sum + `${at}`.length + 1, 0));
});
