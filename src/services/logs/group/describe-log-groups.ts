// DescribeLogGroups: all of them, by prefix, by a part of the name, or by identifiers, in the order of names.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html

import type { DescribeLogGroupsRequest, DescribeLogGroupsResponse, LogGroup } from "../../../models/logs.ts";
import { listGroups, type LogGroup as Row } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { groupArn, identified } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter } from "../refusals.ts";
import { placeOf, tokenOf } from "../token.ts";

const PAGE_MAX = 50;

export async function describeLogGroups(input: DescribeLogGroupsRequest, call: Call, logs: Logs): Promise<DescribeLogGroupsResponse> {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: part, limit = PAGE_MAX } = input;
  if (prefix !== undefined && part !== undefined) {
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (isOfOthers(input, call)) return { logGroups: [] };
  await logs.buffer.settle();
  const rows = await logs.read(listGroups, {
    account: call.account,
    region: call.region,
    prefix,
    part: part === "" ? undefined : part,
    class: input.logGroupClass,
    names: input.logGroupIdentifiers?.map((identifier) => identified(call, identifier).group),
    after: input.nextToken === undefined ? undefined : String(placeOf(input.nextToken, ["string"])[0]),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const describe = part === undefined ? describeGroup : brief;
  return {
    logGroups: page.map(describe),
    ...(rows.length > limit ? { nextToken: tokenOf([page.at(-1)!.name]) } : {}),
  };
}

/** There are no linked accounts: whoever asks for others alone gets none. */
function isOfOthers({ includeLinkedAccounts, accountIdentifiers }: DescribeLogGroupsRequest, { account }: Call): boolean {
  return includeLinkedAccounts === true && (accountIdentifiers?.length ?? 0) > 0 && !accountIdentifiers!.includes(account);
}

/** AWS: with logGroupNamePattern only these. */
function brief(row: Row): LogGroup {
  const arn = groupArn({ account: row.account, region: row.region, group: row.name });
  return { logGroupName: row.name, creationTime: row.created_ms, arn: `${arn}:*` };
}

function describeGroup(row: Row): LogGroup {
  const arn = groupArn({ account: row.account, region: row.region, group: row.name });
  return {
    logGroupName: row.name,
    creationTime: row.created_ms,
    ...(row.retention_days === null ? {} : { retentionInDays: row.retention_days }),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    // AWS: the bytes of the events, where AWS counts them compressed.
    storedBytes: row.stored_bytes,
    logGroupClass: row.class as NonNullable<LogGroup["logGroupClass"]>,
    logGroupArn: arn,
    deletionProtectionEnabled: row.protected === 1,
  };
}
