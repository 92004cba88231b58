// A number of the kernel's, kept open.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { NumberFile } from "../../src/sandbox/number-file.ts";

describe("NumberFile", () => {
  const folder = mkdtempSync(join(tmpdir(), "lambent-number-"));
  after(() => rmSync(folder, { recursive: true }));

  it("reads what the file says now, also when it has become shorter", () => {
    const path = join(folder, "peak");
    writeFileSync(path, "4096000\n");
    const file = NumberFile.open(path)!;
    assert.equal(file.read(), 4_096_000);
    writeFileSync(path, "12\n");
    assert.equal(file.read(), 12);
    file.close();
    assert.equal(file.read(), undefined);
  });

  it("is not there where the file is not", () => {
    assert.equal(NumberFile.open(join(folder, "nothing")), undefined);
  });
});
