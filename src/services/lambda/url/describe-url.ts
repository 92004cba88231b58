// A function URL's configuration as AWS shows it.

import type { FunctionRecord } from "../../../functions/function-record.ts";
import { addressOfUrl } from "../../../functions/function-url-address.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionUrlConfig } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { UrlConfigRow } from "./url.procs.ts";

export function describeUrl(record: FunctionRecord, row: UrlConfigRow, call: Call): FunctionUrlConfig {
  return {
    FunctionUrl: addressOfUrl(call.endpoint, record.region, row.url_id),
    FunctionArn: qualifiedArn(record, row.qualifier === "" ? undefined : row.qualifier),
    AuthType: row.auth_type,
    ...(row.cors === null ? {} : { Cors: JSON.parse(row.cors) as NonNullable<FunctionUrlConfig["Cors"]> }),
    CreationTime: urlTime(row.created_at),
    LastModifiedTime: urlTime(row.modified_at),
    InvokeMode: row.invoke_mode,
  };
}

// 2022-07-07T15:19:41.225854Z: other than all other times of Lambda.
function urlTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
