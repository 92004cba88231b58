// The form of models/<service>.json: botocore's own terms, cut down by scripts/models.ts. Knows no protocol.

export type ProtocolName = "rest-json" | "rest-xml" | "json" | "query" | "smithy-rpc-v2-cbor";

export interface Model {
  readonly metadata: Metadata;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface Metadata {
  readonly apiVersion: string;
  readonly endpointPrefix: string;
  readonly globalEndpoint?: string;
  readonly jsonVersion?: string;
  readonly protocol: ProtocolName;
  readonly protocols?: readonly ProtocolName[];
  readonly serviceId: string;
  readonly serviceFullName: string;
  readonly signingName?: string;
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
  readonly awsQueryCompatible?: object;
}

export interface Operation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: Ref;
  readonly output?: Ref & { readonly resultWrapper?: string };
  readonly errors?: readonly string[];
  readonly authtype?: "none" | "v4-unsigned-body";
}

/** A use of a shape: as a member, an element, a key or a value. */
export interface Ref {
  readonly shape: string;
  readonly location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  readonly locationName?: string;
  /** Its name in the query protocol alone: SQS. */
  readonly queryName?: string;
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string };
  readonly flattened?: boolean;
  readonly xmlAttribute?: boolean;
  readonly streaming?: boolean;
  readonly timestampFormat?: TimestampFormat;
  readonly eventpayload?: boolean;
  readonly idempotencyToken?: boolean;
}

export type TimestampFormat = "iso8601" | "rfc822" | "unixTimestamp";

export interface Shape {
  readonly type: "structure" | "list" | "map" | "string" | "blob" | "boolean" | "integer" | "long" | "float" | "double" | "timestamp";
  readonly members?: Readonly<Record<string, Ref>>;
  readonly required?: readonly string[];
  readonly member?: Ref;
  readonly key?: Ref;
  readonly value?: Ref;
  /** The member that is the whole HTTP body. */
  readonly payload?: string;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly flattened?: boolean;
  readonly streaming?: boolean;
  readonly sensitive?: boolean;
  readonly union?: boolean;
  readonly event?: boolean;
  readonly eventstream?: boolean;
  readonly timestampFormat?: TimestampFormat;
  readonly locationName?: string;
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string } | string;
  readonly exception?: boolean;
  readonly fault?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number; readonly senderFault?: boolean };
}
