// `lambent` on a machine whose clock can be set: by so many milliseconds as stand in the file beside its data directory.

import { readFileSync } from "node:fs";

const RealDate = Date;
const file = `${process.argv[process.argv.indexOf("--data") + 1]}-clock`;

function offsetMs(): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0; // nobody has set it yet
  }
}

globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [RealDate.now() + offsetMs()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs();
  }
} as DateConstructor;

await import("../../src/main.ts");
