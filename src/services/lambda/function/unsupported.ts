// Settings that AWS has and lambent does not act on yet. A value that means "nothing" (an empty list, None, PassThrough) is fine; any other
// is refused by its name, never accepted and ignored.

import type { CreateFunctionRequest, UpdateFunctionCodeRequest, UpdateFunctionConfigurationRequest } from "../../../models/lambda.ts";
import { unsupported } from "../refusals.ts";

type Settings = Omit<CreateFunctionRequest, "FunctionName" | "Role" | "Code"> & Partial<UpdateFunctionConfigurationRequest>;
type Source = CreateFunctionRequest["Code"] & Pick<UpdateFunctionCodeRequest, "PublishTo">;

/** Name of the member as a caller knows it → whether it asks for something. */
const settings: Readonly<Record<string, (input: Settings) => boolean>> = {
  "PackageType Image": ({ PackageType }) => PackageType === "Image",
  ImageConfig: ({ ImageConfig }) => asksForSomething(ImageConfig),
  VpcConfig: ({ VpcConfig }) => asksForSomething(VpcConfig?.SubnetIds) || asksForSomething(VpcConfig?.SecurityGroupIds),
  KMSKeyArn: ({ KMSKeyArn }) => asksForSomething(KMSKeyArn),
  "TracingConfig Active": ({ TracingConfig }) => TracingConfig?.Mode === "Active",
  FileSystemConfigs: ({ FileSystemConfigs }) => asksForSomething(FileSystemConfigs),
  CodeSigningConfigArn: ({ CodeSigningConfigArn }) => asksForSomething(CodeSigningConfigArn),
  "SnapStart PublishedVersions": ({ SnapStart }) => SnapStart?.ApplyOn === "PublishedVersions",
  PublishTo: ({ PublishTo }) => PublishTo !== undefined,
  TenancyConfig: ({ TenancyConfig }) => TenancyConfig !== undefined,
  DurableConfig: ({ DurableConfig }) => DurableConfig !== undefined,
  RuntimeConfig: ({ RuntimeConfig }) => RuntimeConfig !== undefined,
  AcceleratorConfig: ({ AcceleratorConfig }) => AcceleratorConfig !== undefined,
};

const sources: Readonly<Record<string, (input: Source) => boolean>> = {
  "code from S3 (S3Bucket, S3Key)": ({ S3Bucket, S3Key }) => S3Bucket !== undefined || S3Key !== undefined,
  S3ObjectVersion: ({ S3ObjectVersion }) => S3ObjectVersion !== undefined,
  S3ObjectStorageMode: ({ S3ObjectStorageMode }) => S3ObjectStorageMode !== undefined,
  SourceKMSKeyArn: ({ SourceKMSKeyArn }) => asksForSomething(SourceKMSKeyArn),
  PublishTo: ({ PublishTo }) => PublishTo !== undefined,
};

export function refuseUnsupportedSettings(input: Settings): void {
  refuseFirst(settings, input);
}

export function refuseUnsupportedSource(input: Source): void {
  refuseFirst(sources, input);
}

function refuseFirst<I>(table: Readonly<Record<string, (input: I) => boolean>>, input: I): void {
  for (const [name, isAskedFor] of Object.entries(table)) if (isAskedFor(input)) throw unsupported(name);
}

function asksForSomething(value: string | readonly unknown[] | object | undefined): boolean {
  if (value === undefined || value === "") return false;
  return typeof value === "string" || Object.values(value).some((inner) => inner !== undefined && inner !== "");
}
