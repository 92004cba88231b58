// THE TABLE of runtimes, and how one of them becomes a launch on this machine.

import { PlatformError } from "../lib/errors.ts";
import { type InterpreterSettings, Interpreters } from "./interpreters.ts";
import { nodejs } from "./nodejs.ts";
import { launchProvided, operatingSystems } from "./provided.ts";
import { python } from "./python.ts";
import type { RuntimeFamily, RuntimeLaunch } from "./runtime.ts";

const families: readonly RuntimeFamily[] = [nodejs, python];

/** Every id that functions may have, newest Node.js and Python last. */
export const runtimeIds: readonly string[] = [
  ...Object.keys(operatingSystems),
  ...families.flatMap((family) => Object.keys(family.versions)),
];

export type RuntimeCheck = { readonly usable: true; readonly warning?: string } | { readonly usable: false; readonly because: string };

type Found = { readonly usable: true; readonly launch: RuntimeLaunch } | { readonly usable: false; readonly because: string };

export class Runtimes {
  readonly #interpreters: Interpreters;
  /** Of runtimes that were found: they stay what they are while this program runs. */
  readonly #launches = new Map<string, RuntimeLaunch>();

  constructor(settings: InterpreterSettings) {
    this.#interpreters = new Interpreters(settings);
  }

  /** Whether functions of this runtime can run here, and a sentence if not, or not exactly as asked. For create, update and doctor. */
  async check(id: string): Promise<RuntimeCheck> {
    const found = await this.#find(id);
    if (!found.usable) return found;
    const { warning } = found.launch;
    return { usable: true, ...(warning === undefined ? {} : { warning }) };
  }

  /** Throws PlatformError runtime-not-found: the interpreter that was there when the function was created is not there any more. */
  async launchFor(id: string): Promise<RuntimeLaunch> {
    const found = await this.#find(id);
    if (!found.usable) throw new PlatformError("runtime-not-found", found.because);
    return found.launch;
  }

  async #find(id: string): Promise<Found> {
    const known = this.#launches.get(id);
    if (known !== undefined) return { usable: true, launch: known };
    const found = await this.#make(id);
    if (found.usable) this.#launches.set(id, found.launch);
    return found;
  }

  async #make(id: string): Promise<Found> {
    const operatingSystem = operatingSystems[id];
    if (operatingSystem !== undefined) return { usable: true, launch: launchProvided(operatingSystem) };
    const family = families.find(({ versions }) => Object.hasOwn(versions, id));
    if (family === undefined) return { usable: false, because: `lambent does not run ${id} functions. It runs ${runtimeIds.join(", ")}.` };
    const lookup = await this.#interpreters.find({ id, language: family.language, version: family.versions[id]! });
    return lookup.usable ? { usable: true, launch: family.launch(id, lookup.interpreter) } : lookup;
  }
}
