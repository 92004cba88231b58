// DescribeLogStreams: by name, or by the time of the last event.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html

import type { DescribeLogStreamsRequest, DescribeLogStreamsResponse, LogStream } from "../../../models/logs.ts";
import type { LogGroupName } from "../../../observe/log-segment.ts";
import { listStreams, type LogStream as Row } from "../../../observe/log-streams.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { groupArn, referred, settledGroup } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter } from "../refusals.ts";
import { placeOf, tokenOf } from "../token.ts";

const PAGE_MAX = 50;

export async function describeLogStreams(input: DescribeLogStreamsRequest, call: Call, logs: Logs): Promise<DescribeLogStreamsResponse> {
  const { logStreamNamePrefix: prefix, orderBy, descending = false, limit = PAGE_MAX } = input;
  if (orderBy === "LastEventTime" && prefix !== undefined) {
    throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const name = referred(call, input);
  const group = await settledGroup(logs, name);
  const rows = await logs.read(listStreams, {
    groupId: group.id,
    prefix,
    orderBy: orderBy === "LastEventTime" ? "last-event" : "name",
    descending,
    after: input.nextToken === undefined ? undefined : afterOf(input.nextToken),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    logStreams: page.map((row) => describeStream(name, row)),
    ...(rows.length > limit && last !== undefined ? { nextToken: tokenOf([last.name, last.last_ms ?? 0]) } : {}),
  };
}

function afterOf(token: string): { readonly name: string; readonly lastMs: number } {
  const [name, lastMs] = placeOf(token, ["string", "number"]);
  return { name: String(name), lastMs: Number(lastMs) };
}

function describeStream(group: LogGroupName, row: Row): LogStream {
  return {
    logStreamName: row.name,
    creationTime: row.created_ms,
    ...(row.first_ms === null ? {} : { firstEventTimestamp: row.first_ms }),
    ...(row.last_ms === null ? {} : { lastEventTimestamp: row.last_ms }),
    ...(row.ingested_ms === null ? {} : { lastIngestionTime: row.ingested_ms }),
    arn: `${groupArn(group)}:log-stream:${row.name}`,
    // AWS: always zero since 2019.
    storedBytes: 0,
  };
}
