// PublishLayerVersion: keeps a zip as the next version of a layer, which comes to be with its first.
// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html

import type { PublishLayerVersionRequest, PublishLayerVersionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { admitCode } from "../function/latest-write.ts";
import { refuseUnsupportedSource } from "../function/unsupported.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { describeLayerVersion } from "./describe-layer.ts";
import { publishLayer } from "./layer.procs.ts";
import { ownLayerOf } from "./layer-name.ts";

export async function publishLayerVersion(
  input: PublishLayerVersionRequest,
  call: Call,
  lambda: Lambda,
): Promise<PublishLayerVersionResponse> {
  const layer = ownLayerOf(call, "PublishLayerVersion", input.LayerName);
  const code = await admitCode(lambda, sentZip(input));
  const content = {
    description: input.Description ?? "",
    license: input.LicenseInfo ?? null,
    runtimes: input.CompatibleRuntimes ?? [],
    architectures: input.CompatibleArchitectures ?? [],
    codeKey: code.key,
    sha256: code.sha256,
    size: code.size,
    unzippedBytes: await lambda.codeStore.unzippedBytes(code.key),
  };
  const createdMs = lambda.clock.nowMs();
  const number = await lambda.database.run(publishLayer, { layer, content, nowMs: createdMs });
  return describeLayerVersion(lambda, call, { ...layer, ...content, number, createdMs, policy: undefined });
}

function sentZip({ Content }: PublishLayerVersionRequest): Uint8Array {
  refuseUnsupportedSource(Content);
  if (Content.ZipFile === undefined) throw invalidParameter("Please provide a source for the layer's content."); // AWS: its text is not recorded
  return Content.ZipFile;
}
