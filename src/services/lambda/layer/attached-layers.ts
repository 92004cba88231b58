// A function's Layers: from the ARNs that a caller sends to what the function keeps of them, with AWS's rules.
// https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FunctionSettings, LayerReference } from "../../../functions/settings.ts";
import type { Caller } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import type { LayerVersion, LayerVersionName } from "./layer.procs.ts";
import { layerArn, layerVersionArn, parseLayerVersionArn } from "./layer-name.ts";
import { readableLayer } from "./readable-layer.ts";

/** As a part of FunctionSettings: nothing for an empty list. */
export async function attachedLayers(lambda: Lambda, here: Caller, arns: readonly string[]): Promise<Pick<FunctionSettings, "layers">> {
  const { layersMax } = lambda.limits;
  if (arns.length > layersMax) throw invalidParameter(`Cannot reference more than ${layersMax} layers.`);
  const names = arns.map(parseLayerVersionArn);
  checkTogether(names, here.region);
  const layers: LayerReference[] = [];
  for (const name of names) layers.push(await attached(lambda, await existing(lambda, here, name)));
  return layers.length === 0 ? {} : { layers };
}

/** Throws when the code and the layers are too large together. `codeKey` is that of the function's own code. */
export async function checkUnzippedSize(lambda: Lambda, layers: readonly LayerReference[] | undefined, codeKey: string): Promise<void> {
  if (layers === undefined) return;
  const max = lambda.limits.unzippedBytesMax;
  const bytes = layers.reduce((sum, { unzippedBytes }) => sum + unzippedBytes, await lambda.codeStore.unzippedBytes(codeKey));
  if (bytes <= max) return;
  throw invalidParameter(
    `Function code combined with layers exceeds the maximum allowed size of ${max} bytes. The actual size is ${bytes} bytes.`,
  );
}

function checkTogether(names: readonly LayerVersionName[], region: string): void {
  if (names.some((name) => name.region !== region)) {
    throw invalidParameter(`Layers are not in the same region as the function. Layers are expected to be in region ${region}.`);
  }
  const seen = new Map<string, LayerVersionName>();
  for (const name of names) {
    const before = seen.get(layerArn(name));
    if (before !== undefined) throw sameLayer(layerVersionArn(before), layerVersionArn(name));
    seen.set(layerArn(name), name);
  }
}

async function existing(lambda: Lambda, here: Caller, name: LayerVersionName): Promise<LayerVersion> {
  const version = await readableLayer(lambda, here, name);
  if (version === undefined) throw invalidParameter(`Layer version ${layerVersionArn(name)} does not exist.`);
  return version;
}

async function attached(lambda: Lambda, version: LayerVersion): Promise<LayerReference> {
  const tree = await lambda.codeStore.directory(version.codeKey);
  return {
    arn: layerVersionArn(version),
    key: version.codeKey,
    size: version.size,
    unzippedBytes: version.unzippedBytes,
    hasLibraries: (await entriesOf(join(tree, "lib"))).length > 0,
  };
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

function sameLayer(one: string, other: string): Error {
  return invalidParameter(
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${one} and ${other} are versions of the same layer.`,
  );
}
