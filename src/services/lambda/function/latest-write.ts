// $LATEST as a create or an update writes it, and the architecture that its code is really built for.

import { join } from "node:path";
import { elfMachine } from "../../../functions/elf.ts";
import { type CodeReference, type FunctionSettings, fingerprintOf, writeSettings } from "../../../functions/settings.ts";
import type { Lambda } from "../lambda.ts";
import { checkUnzippedSize } from "../layer/attached-layers.ts";
import type { Publication } from "../version/version.procs.ts";
import { discardCode, type LatestWrite } from "./function.procs.ts";

export function latestWrite(lambda: Lambda, settings: FunctionSettings, description: string, code: CodeReference): LatestWrite {
  return {
    revision: lambda.random.uuid(),
    modified_at: lambda.clock.nowMs(),
    code_key: code.key,
    code_sha256: code.sha256,
    code_size: code.size,
    fingerprint: fingerprintOf(settings, description, code),
    description,
    settings: writeSettings(settings),
  };
}

export function publicationIf(lambda: Lambda, wanted: boolean | undefined, description?: string): Publication | undefined {
  return wanted === true ? publication(lambda, description) : undefined;
}

export function publication(lambda: Lambda, description?: string): Publication {
  return { revision: lambda.random.uuid(), nowMs: lambda.clock.nowMs(), description };
}

export function admitCode(lambda: Lambda, zip: Uint8Array): Promise<CodeReference> {
  lambda.codeStore
    .sweepIfDue(lambda.clock.nowMs(), () => lambda.catalogue.trees())
    .catch((error: unknown) => lambda.warn(`Code that nothing uses could not be removed: ${String(error)}`));
  return lambda.codeStore.admit(zip, (codeKey) => discard(lambda, codeKey));
}

/** Code for a function with these settings: together with its layers it must not be too large. */
export async function admitFor(lambda: Lambda, zip: Uint8Array, { layers }: FunctionSettings): Promise<CodeReference> {
  const code = await admitCode(lambda, zip);
  try {
    await checkUnzippedSize(lambda, layers, code.key);
    return code;
  } catch (error) {
    await discard(lambda, code.key);
    throw error;
  }
}

/** For code that was kept before the call turned out to be refused. */
export function discard(lambda: Lambda, codeKey: string): Promise<void> {
  return lambda.database.run(discardCode, { codeKey, nowMs: lambda.clock.nowMs() });
}

/** AWS finds a wrong architecture only at the first invocation (exec format error); so do we, but we say so earlier. */
export async function warnOfOtherMachine(lambda: Lambda, arn: string, settings: FunctionSettings, code: CodeReference): Promise<void> {
  const machine = await elfMachine(join(await lambda.codeStore.directory(code.key), "bootstrap"));
  if (machine === undefined) return;
  const host = process.arch === "arm64" ? "arm64" : "x86_64";
  if (machine !== host) lambda.warn(`${arn}: its bootstrap is built for ${machine}, which this ${host} machine cannot run.`);
  else if (machine !== settings.architecture) {
    lambda.warn(`${arn}: its bootstrap is built for ${machine} but it is declared as ${settings.architecture}: on AWS it would not start.`);
  }
}
