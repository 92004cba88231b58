// What `deploy` sends for one function: a zip and how to run it.

export interface FunctionPackage {
  /** Proposed name; --name overrides it where there is one package. */
  readonly name: string;
  readonly zip: Buffer;
  readonly runtime: string;
  readonly handler: string;
  readonly architecture: Architecture;
  /** Where it came from, for the report. */
  readonly from: string;
}

export type Architecture = "x86_64" | "arm64";

export function hostArchitecture(): Architecture {
  return process.arch === "arm64" ? "arm64" : "x86_64";
}
