// A function as destination: the record is the event of an asynchronous invocation of it.

import type { FunctionRecord } from "../functions/function-record.ts";
import { functionArn } from "../functions/name.ts";
import type { FunctionPlace } from "../invoke/invoke-async.ts";
import { traceHeaderFor } from "../invoke/trace-header.ts";
import type { Target } from "./target.ts";

const PATTERN = /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?$/;

interface Named {
  readonly place: FunctionPlace;
  readonly qualifier: string | undefined;
}

export const lambdaTarget: Target = {
  check(arn, { record: of }, { catalogue }) {
    const named = parse(arn);
    if (named === undefined) return "missing";
    const record = catalogue.find(named.place);
    if (of !== undefined && record?.id === of.id) return "itself";
    return record === undefined || !has(record, named.qualifier) ? "missing" : "usable";
  },
  async deliver({ destination, record }, { trace }, parts) {
    const named = parse(destination);
    if (named === undefined || parts.catalogue.find(named.place) === undefined) return "gone";
    if (Buffer.byteLength(record) > parts.payloadBytesMax) return "gone";
    const { place, qualifier } = named;
    const traceHeader = traceHeaderFor(trace, functionArn(place), parts);
    await parts.asyncInvocations().accept(place, record, { requestId: parts.random.uuid(), qualifier, traceHeader });
    return "delivered";
  },
};

function parse(arn: string): Named | undefined {
  const [, region, account, name, qualifier] = PATTERN.exec(arn) ?? [];
  return region === undefined || account === undefined || name === undefined ? undefined : { place: { account, region, name }, qualifier };
}

function has(record: FunctionRecord, qualifier: string | undefined): boolean {
  return qualifier === undefined || record.versions.has(qualifier) || record.aliases.has(qualifier);
}
