// The filters of an event source mapping: which records go to the function. Several are ORed. The data of a record (`body` of SQS) is a text or
// JSON, and so is what a filter expects of it; a record whose data has another form than the filter expects does not match.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html

import { compileTree, matchesNode, type PatternNode } from "./pattern.ts";
import { isObject } from "./test-value.ts";

export interface MappingFilter {
  /** `record` as the function would get it, its data a text. */
  matches(record: Readonly<Record<string, unknown>>): boolean;
}

type Form = "text" | "json";

interface Filter {
  readonly node: PatternNode;
  /** What it expects of the data; none: it says nothing about them. */
  readonly forms: ReadonlySet<Form>;
}

/** `dataKey`: "body". No patterns: everything matches. Throws PatternError. */
export function compileFilters(patterns: readonly string[], dataKey: string): MappingFilter {
  const filters = patterns.map((pattern) => {
    const node = compileTree(pattern);
    return { node, forms: formsIn(node, dataKey) };
  });
  if (filters.length === 0) return { matches: () => true };
  return {
    matches(record) {
      const read = readData(record, dataKey);
      return filters.some((filter) => fits(filter, read.form) && matchesNode(filter.node, read.record, read.record));
    },
  };
}

function fits({ forms }: Filter, form: Form): boolean {
  return forms.size === 0 || forms.has(form);
}

/** Everything that $or offers counts. */
function formsIn(node: PatternNode, dataKey: string): ReadonlySet<Form> {
  const forms = new Set<Form>();
  if (node.fields.has(dataKey)) forms.add("text");
  if (node.objects.has(dataKey)) forms.add("json");
  for (const alternative of node.choices.flat()) for (const form of formsIn(alternative, dataKey)) forms.add(form);
  return forms;
}

// AWS: says "valid JSON"; a body that is only a number, a text in quotes, true or null is a text here.
function readData(record: Readonly<Record<string, unknown>>, dataKey: string): { readonly form: Form; readonly record: unknown } {
  const parsed = parse(record[dataKey]);
  if (!isObject(parsed) && !Array.isArray(parsed)) return { form: "text", record };
  return { form: "json", record: { ...record, [dataKey]: parsed } };
}

function parse(data: unknown): unknown {
  if (typeof data !== "string" || !/^[\s]*[{[]/.test(data)) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
