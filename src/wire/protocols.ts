// THE TABLE of codecs, and the choice among them: by request and not by service, since one service speaks several.

import { cbor } from "./cbor.ts";
import type { Codec } from "./codec.ts";
import type { RequestHead } from "./identify.ts";
import { json10, json11 } from "./json-rpc.ts";
import { query } from "./query.ts";
import { restJson } from "./rest-json.ts";
import { restXml } from "./rest-xml.ts";
import type { ServiceModel } from "./service-model.ts";

export const codecs = {
  "rest-json": restJson,
  "rest-xml": restXml,
  "json-1.0": json10,
  "json-1.1": json11,
  query,
  "rpc-v2-cbor": cbor,
} as const satisfies Record<string, Codec>;

export type CodecName = keyof typeof codecs;

/** The protocol in which the caller speaks, and wants to be answered. `service` is undefined when nothing of ours is meant. */
export function codecOf(head: RequestHead, service: ServiceModel | undefined): CodecName {
  const { headers } = head;
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return "rpc-v2-cbor";
  if (headers["x-amz-target"] !== undefined) return headers["content-type"]?.includes("1.1") ? "json-1.1" : "json-1.0";
  const protocol = service?.metadata.protocol;
  if (protocol === "rest-json" || protocol === "rest-xml") return protocol;
  if (protocol || headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return "query";
  return "rest-json";
}
