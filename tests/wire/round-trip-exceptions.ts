// What cannot make the round trip, and why. The gate asserts exactly this list, so that nothing joins it unseen.

import type { ServiceKey } from "../../src/wire/service-names.ts";

type PerService<T> = Readonly<Partial<Record<ServiceKey, T>>>;

/** The client acts on these before it sends, or on what it receives: not a matter of the wire. */
export const CHANGED_BY_CLIENT = [
  // Hashed and encoded on the way.
  ...["*.SSECustomerKey", "*.SSECustomerKeyMD5", "*.CopySourceSSECustomerKey", "*.CopySourceSSECustomerKeyMD5"],
  // Checked against the content, which is made up.
  ...["*.ChecksumMode", ...["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map((name) => `GetObjectOutput.Checksum${name}`)],
  ...["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map((name) => `GetObjectAnnotationOutput.Checksum${name}`),
  // Made up, the length of a streamed body is not its length.
  ...[
    "GetObjectOutput",
    "PutObjectRequest",
    "UploadPartRequest",
    "WriteGetObjectResponseRequest",
    "GetObjectAnnotationOutput",
    "PutObjectAnnotationRequest",
  ].map((name) => `${name}.ContentLength`),
  // Text in the model, a date in the clients.
  "*.Expires",
  // Makes the client sign with SigV4a, which needs a package of its own.
  "PutEventsRequest.EndpointId",
];

/** Newer than the pinned JavaScript clients; boto3's round trip has those of its services. */
const UNKNOWN_TO_CLIENT = [
  ...[
    "CreateSecretRequest.CrossAccountPrimaryARN",
    "DescribeSecretResponse.CrossAccountPrimary",
    "DescribeSecretResponse.CrossAccountReplicas",
  ],
  ...["DeleteResourcePolicyRequest.PolicyName", "DeleteResourcePolicyResponse.PolicyName", "GetResourcePolicyRequest.PolicyName"],
  ...["GetResourcePolicyResponse.PolicyName", "PutResourcePolicyRequest.PolicyName", "PutResourcePolicyResponse.PolicyName"],
  ...[
    "*.MaxSigninSessionDuration",
    "*.ContextProvider",
    "*.IdentityCenterInstanceArn",
    "*.IdentityStoreArn",
    "*.SAMLKeyHashes",
    "*.IsTrustedIdentityPropagationEnabled",
    "*.ResetMaxSigninSessionDuration",
    "*.RemoveContextProvider",
    "*.RemoveIdentityCenterInstance",
    "GetDimensionValuesRequest.DimensionKey",
  ],
  ...[
    "*.RuntimeConfig",
    "*.AcceleratorConfig",
    "*.PauseDetails",
    "*.ExpectedExecutionTimeoutTimestamp",
    "*.ExecutionPausedDetails",
    "*.ExecutionResumedDetails",
  ],
  ...["*.CloudProviders", "*.jwtConfiguration", "SdkTypes.position", "*.ProductAttributes"],
  ...[
    "*.ExecutionRoleTemplateBody",
    "*.ExecutionRoleTemplateUrl",
    "*.UseAdminExecutionRole",
    "*.StackSetOutputBucket",
    "*.StackSetOutputBucketPath",
  ],
  ...["StackSetOperationStatusDetails.Stages", "*.TotalAccountsCount", "*.TotalStackInstancesCount", "*.RegionalStatusDetails"],
];

export const WITHOUT: ReadonlySet<string> = new Set([...CHANGED_BY_CLIENT, ...UNKNOWN_TO_CLIENT]);

/** By shape: what the client or the host name allows. */
export const TEXTS: Readonly<Record<string, string>> = {
  ChecksumAlgorithm: "CRC32",
  BucketName: "bucket-of-test",
  policyDocumentType: "not JSON, which boto3 would parse",
};

/** Checks of content that synthesised content cannot pass. */
export const CLIENT_OPTIONS: PerService<object> = {
  sqs: { md5: false, useQueueUrlAsEndpoint: false },
  s3: { forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" },
};

/** Operations that cannot reach us as themselves. */
export const UNREACHABLE: PerService<Record<string, string>> = {
  s3: {
    ListDirectoryBuckets: "has ListBuckets' method and path; only S3 Express's own host tells them apart",
    WriteGetObjectResponse: "belongs to S3 Object Lambda and is signed for it, a service that is not served",
  },
};

const NO_SUCH_OPERATION = ["the client has no such operation"];
const noSuch = (...names: string[]) => Object.fromEntries(names.map((name) => [name, NO_SUCH_OPERATION]));

/** Operation → the differences that remain with the JavaScript clients, which are older than the model or read it otherwise. */
export const IMPERFECT: PerService<Record<string, readonly string[]>> = {
  lambda: noSuch("DeleteDurableExecution", "PauseDurableExecution", "ResumeDurableExecution"),
  s3: {
    // Numbers in botocore's model, texts in the client's.
    GetObjectAttributes: [
      "out.ObjectParts.PartNumberMarker: number became string",
      "out.ObjectParts.NextPartNumberMarker: number became string",
    ],
    ListParts: ["out.PartNumberMarker: number became string", "out.NextPartNumberMarker: number became string"],
    // Left out of the sample, and added by HTTP.
    GetObject: ["out.ContentLength: unexpected"],
    GetObjectAnnotation: ["out.ContentLength: unexpected"],
    PutObject: ["in.ContentLength: unexpected"],
    UploadPart: ["in.ContentLength: unexpected"],
  },
  cloudwatch: noSuch(
    "DeleteMetricDataQueryDefinition",
    "GetMetricDataQueryDefinition",
    "ListMetricDataQueryDefinitions",
    "PutMetricDataQueryDefinition",
  ),
  secretsmanager: noSuch("AssociateCrossAccountReplica", "DisassociateCrossAccountReplica", "ListResourcePolicies"),
  iam: noSuch("UpdateOpenIDConnectProvider"),
};

/** Operation → the differences that remain with boto3. */
export const BOTO3_IMPERFECT: PerService<Record<string, readonly string[]>> = {
  s3: {
    // Left out of the sample, and added by HTTP.
    GetObject: ["out.ContentLength: unexpected"],
    GetObjectAnnotation: ["out.ContentLength: unexpected"],
    PutObject: ["in.ContentLength: unexpected"],
    UploadPart: ["in.ContentLength: unexpected"],
  },
};
