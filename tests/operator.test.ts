// What whoever runs a server reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PlatformError } from "../src/lib/errors.ts";
import { consoleOperator } from "../src/operator.ts";

function toldBy(tell: (operator: ReturnType<typeof consoleOperator>) => void): string {
  let told = "";
  const write = (text: string) => {
    told += text;
  };
  tell(consoleOperator("1.0.0", write, () => {}));
  return told;
}

test("a warning has its cause, the operator's own failures as a sentence, and ends by itself where there is none", () => {
  assert.equal(
    toldBy(({ warn }) => warn("It waits", undefined)),
    "lambent: It waits.\n",
  );
  assert.equal(
    toldBy(({ warn }) => warn("It waits", new PlatformError("bad-setting", "A setting is bad."))),
    "lambent: It waits: A setting is bad.\n",
  );
  assert.match(
    toldBy(({ warn }) => warn("It waits", new TypeError("bug"))),
    /^lambent: It waits: TypeError: bug\n +at /,
  );
});
