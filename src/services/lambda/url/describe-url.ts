// A function URL's configuration as AWS shows it.

import type { FunctionRecord } from "../../../functions/function-record.ts";
import { addressOfUrl } from "../../../functions/function-url-address.ts";
import { readAccess } from "../../../functions/function-urls.procs.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionUrlConfig } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { UrlConfigRow } from "./url.procs.ts";

export function describeUrl(record: FunctionRecord, row: UrlConfigRow, call: Call): FunctionUrlConfig {
  const { authType, invokeMode } = readAccess(row.auth_type);
  return {
    FunctionUrl: addressOfUrl(call.endpoint, record.region, row.url_id),
    FunctionArn: qualifiedArn(record, row.qualifier === "" ? undefined : row.qualifier),
    AuthType: authType,
    ...(row.cors === null ? {} : { Cors: JSON.parse(row.cors) as NonNullable<FunctionUrlConfig["Cors"]> }),
    CreationTime: urlTime(row.created_at),
    LastModifiedTime: urlTime(row.modified_at),
    InvokeMode: invokeMode,
  };
}

// 2022-07-07T15:19:41.225854Z: other than all other times of Lambda.
function urlTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
