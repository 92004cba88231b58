// The functions of a simulated cluster and their limits, which change while it runs: versions of one list, in the order of the store.

import type { FunctionRecord } from "../../src/functions/function-record.ts";
import type { FunctionVersion } from "../../src/functions/version.ts";
import { type Proc, proc } from "../../src/store/database.ts";
import type { SimulatedStore } from "./store.ts";

const ACCOUNT = "000000000000";
const REGION = "eu-west-1";

export interface SimulatedFunction {
  readonly version: FunctionVersion;
  readonly reserved: number | undefined;
}

/** As Admission takes it. */
interface Own {
  readonly functionId: number;
  readonly account: string;
  readonly region: string;
  readonly reserved: number | undefined;
}

export class Catalogue {
  readonly concurrencyMax: number;
  readonly functions: readonly SimulatedFunction[];
  readonly read: Proc<null, number> = proc("sim.catalogue", async (tx) => {
    const [row] = await tx.query<{ version: number }>("SELECT version FROM catalogue WHERE id = 1");
    return row!.version;
  });
  readonly #store: SimulatedStore;
  readonly #versions = new Map<number, readonly Own[]>();

  /** `reserved`: one function for each; undefined: it shares what nobody has reserved. */
  constructor(store: SimulatedStore, concurrencyMax: number, reserved: readonly (number | undefined)[]) {
    this.#store = store;
    this.concurrencyMax = concurrencyMax;
    this.functions = reserved.map((count, index) => ({ version: versionOf(index + 1), reserved: count }));
    this.change(reserved);
  }

  as(version: number): readonly Own[] {
    return this.#versions.get(version) ?? [];
  }

  /** At once, for the store; nodes read it when they hear of it. */
  change(reserved: readonly (number | undefined)[]): void {
    const [row] = this.#store.look<{ version: number }>("UPDATE catalogue SET version = version + 1 WHERE id = 1 RETURNING version");
    const own = this.functions.map(({ version }, index) => ({ ...placeOf(version), reserved: reserved[index] }));
    this.#versions.set(row!.version, own);
  }
}

/** Which limit an invocation counts against, as Admission has it. */
export function permitKey({ functionId }: FunctionVersion, { concurrency }: FunctionRecord): string {
  return concurrency.reserved === undefined ? `account ${ACCOUNT} ${REGION}` : `function ${functionId}`;
}

export function recordOf(owns: readonly Own[], name: string): FunctionRecord | undefined {
  const own = owns.find(({ functionId }) => nameOf(functionId) === name);
  if (own === undefined) return undefined;
  const record: Pick<FunctionRecord, "running" | "concurrency"> = {
    running: new Map([["$LATEST", versionOf(own.functionId)]]),
    concurrency: { reserved: own.reserved, provisioned: new Map() },
  };
  return record as FunctionRecord; // placement asks for no more
}

function nameOf(functionId: number): string {
  return `f${functionId}`;
}

function placeOf({ functionId, account, region }: FunctionVersion): Omit<Own, "reserved"> {
  return { functionId, account, region };
}

export function versionOf(functionId: number): FunctionVersion {
  const version: Partial<FunctionVersion> = {
    functionId,
    account: ACCOUNT,
    region: REGION,
    name: nameOf(functionId),
    version: "$LATEST",
    revisionId: "1",
  };
  return version as FunctionVersion; // nobody here looks at what runs
}
