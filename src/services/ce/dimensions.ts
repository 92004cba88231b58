// What a bill's item is by each of Cost Explorer's dimensions, and which items a filter lets through.

import { ServiceError } from "../../lib/errors.ts";
import { type BillItem, serviceOf } from "../../metering/bill.ts";
import type { Expression } from "../../models/ce.ts";
import { usageTypeOf } from "./usage-types.ts";

/** As AWS's bill names them. */
const SERVICES = {
  lambda: { name: "AWS Lambda", code: "AWSLambda" },
  sqs: { name: "Amazon Simple Queue Service", code: "AWSQueueService" },
  logs: { name: "AmazonCloudWatch", code: "AmazonCloudWatch" },
} as const;

const DIMENSIONS: Readonly<Record<string, (item: BillItem) => string>> = {
  SERVICE: ({ kind }) => SERVICES[serviceOf(kind)].name,
  SERVICE_CODE: ({ kind }) => SERVICES[serviceOf(kind)].code,
  REGION: ({ region }) => region,
  LINKED_ACCOUNT: ({ account }) => account,
  USAGE_TYPE: (item) => usageTypeOf(item).usageType,
  /** AWS: names each request of SQS; here its requests and the log's bytes have none. */
  OPERATION: ({ kind }) => (serviceOf(kind) === "lambda" ? "Invoke" : ""),
  RECORD_TYPE: () => "Usage",
};

/** Throws ValidationException, naming what is not known here. */
export function dimensionOf(key: string | undefined): (item: BillItem) => string {
  const dimension = key === undefined || !Object.hasOwn(DIMENSIONS, key) ? undefined : DIMENSIONS[key];
  if (dimension === undefined) {
    throw invalid(`lambent does not know the dimension ${key ?? "(none)"}; it knows ${Object.keys(DIMENSIONS).join(", ")}.`);
  }
  return dimension;
}

/** Tags of a function, by its item. */
export type TagsOf = (item: BillItem) => ReadonlyMap<string, string>;

/** The test of one item. Throws ValidationException for what is not built. */
export function filterOf(expression: Expression | undefined, tagsOf: TagsOf): (item: BillItem) => boolean {
  if (expression === undefined) return () => true;
  const { And, Or, Not, Dimensions, Tags } = expression;
  refuseUnbuilt(expression);
  if (And !== undefined) return every(And.map((one) => filterOf(one, tagsOf)));
  if (Or !== undefined) return some(Or.map((one) => filterOf(one, tagsOf)));
  if (Not !== undefined) return not(filterOf(Not, tagsOf));
  if (Dimensions !== undefined) {
    refuseMatching(Dimensions.MatchOptions);
    const values = valuesOf("Dimensions", Dimensions.Values);
    const dimension = dimensionOf(Dimensions.Key);
    return (item) => values.has(dimension(item));
  }
  refuseMatching(Tags?.MatchOptions);
  const values = valuesOf("Tags", Tags?.Values);
  return (item) => values.has(tagsOf(item).get(Tags?.Key ?? "") ?? "");
}

function valuesOf(part: string, values: readonly string[] | undefined): ReadonlySet<string> {
  if (values === undefined || values.length === 0) throw invalid(`${part} needs Values.`);
  return new Set(values);
}

function refuseUnbuilt({ And, Or, Not, Dimensions, Tags, CostCategories, ProductAttributes }: Expression): void {
  if (CostCategories !== undefined) throw invalid("lambent does not support CostCategories in a filter yet.");
  if (ProductAttributes !== undefined) throw invalid("lambent does not support ProductAttributes in a filter yet.");
  const given = [And, Or, Not, Dimensions, Tags].filter((part) => part !== undefined).length;
  if (given !== 1) throw invalid("An expression has exactly one of And, Or, Not, Dimensions and Tags.");
}

/** Values are compared as they are. */
function refuseMatching(options: readonly string[] | undefined): void {
  const other = options?.find((option) => option !== "EQUALS" && option !== "CASE_SENSITIVE");
  if (other !== undefined) throw invalid(`lambent does not support MatchOptions ${other} yet.`);
}

type Test = (item: BillItem) => boolean;
const every = (tests: readonly Test[]) => (item: BillItem) => tests.every((test) => test(item));
const some = (tests: readonly Test[]) => (item: BillItem) => tests.some((test) => test(item));
const not = (test: Test) => (item: BillItem) => !test(item);

export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", 400, message);
}
