// A layer version as AWS shows it, in lists and by itself.

import type { GetLayerVersionResponse, LayerVersionsListItem } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { awsTime } from "../function/describe-function.ts";
import type { Lambda } from "../lambda.ts";
import type { LayerVersion } from "./layer.procs.ts";
import { layerArn, layerVersionArn } from "./layer-name.ts";

/** With a URL that answers with the zip for some minutes. */
export function describeLayerVersion(lambda: Lambda, call: Call, version: LayerVersion): GetLayerVersionResponse {
  const { sha256, size, codeKey } = version;
  return {
    Content: { CodeSha256: sha256, CodeSize: size, Location: lambda.codeUrls.sign(codeKey, call) },
    LayerArn: layerArn(version),
    ...describeListedLayerVersion(version),
  };
}

export function describeListedLayerVersion(version: LayerVersion): LayerVersionsListItem {
  const { number, description, createdMs, runtimes, architectures, license } = version;
  return {
    LayerVersionArn: layerVersionArn(version),
    Version: number,
    Description: description,
    CreatedDate: awsTime(createdMs),
    // The model has checked both when the version was published.
    ...(runtimes.length === 0 ? {} : { CompatibleRuntimes: runtimes as NonNullable<LayerVersionsListItem["CompatibleRuntimes"]> }),
    ...(architectures.length === 0
      ? {}
      : { CompatibleArchitectures: architectures as NonNullable<LayerVersionsListItem["CompatibleArchitectures"]> }),
    ...(license === null ? {} : { LicenseInfo: license }),
  };
}

interface Wanted {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
}

/** For lists that are asked for one runtime or architecture: those that name it. */
export function fits({ CompatibleRuntime, CompatibleArchitecture }: Wanted): (version: LayerVersion) => boolean {
  return ({ runtimes, architectures }) =>
    (CompatibleRuntime === undefined || runtimes.includes(CompatibleRuntime)) &&
    (CompatibleArchitecture === undefined || architectures.includes(CompatibleArchitecture));
}
