// `[ip, user, ..., status = 4*, bytes > 1000]`: conditions on the fields of a space-delimited event, by their position.
// `...` stands for any number of fields; the names behind it count from the event's end. Without it the last name takes all that is left:
// `[w1=ERROR, w2]` finds every event whose first word is ERROR.

import { type Condition, readConditions, Scanner } from "./expression.ts";
import { InvalidFilterPattern } from "./invalid.ts";
import { comparisonOf } from "./operand.ts";
import type { FilterPattern } from "./pattern.ts";
import { type Field, splitFields } from "./split-fields.ts";

interface Column {
  readonly name: string;
  readonly holds: Condition<string> | undefined;
}

interface Layout {
  readonly head: readonly Column[];
  /** Undefined without an ellipsis. */
  readonly tail: readonly Column[] | undefined;
}

/** `source` is what stands between the brackets. Throws InvalidFilterPattern. */
export function parseFieldsPattern(source: string): FilterPattern {
  const layout = readLayout(new Scanner(source));
  return {
    matches: (message) => assign(layout, message)?.every(([column, text]) => column.holds === undefined || column.holds(text)) ?? false,
    extract: (message) => Object.fromEntries((assign(layout, message) ?? []).map(([column, text]) => [`$${column.name}`, text])),
  };
}

function readLayout(scanner: Scanner): Layout {
  const head: Column[] = [];
  let tail: Column[] | undefined;
  do {
    if (!scanner.take("...")) (tail ?? head).push(readColumn(scanner));
    else if (tail === undefined) tail = [];
    else throw new InvalidFilterPattern("a pattern can hold one ellipsis");
  } while (scanner.take(","));
  if (!scanner.isAtEnd()) throw scanner.bad();
  return { head, tail };
}

function readColumn(scanner: Scanner): Column {
  const start = scanner.at;
  const name = scanner.match(/[\p{L}_][\p{L}\p{N}_-]*(?=\s*(?:,|$))/uy)?.[0];
  if (name !== undefined) return { name, holds: undefined };
  scanner.at = start;
  const names = new Set<string>();
  const holds = readConditions<string>(scanner, (at) => readCondition(at, names));
  // AWS refuses `[status = 4* && bytes > 1000]`: a column speaks of itself only.
  if (names.size !== 1) throw new InvalidFilterPattern(`one field is called ${[...names].join(" and ")}`);
  return { name: [...names][0]!, holds };
}

function readCondition(scanner: Scanner, names: Set<string>): Condition<string> {
  const name = scanner.match(/[\p{L}_][\p{L}\p{N}_-]*/uy)?.[0];
  const operator = scanner.operator();
  if (name === undefined || operator === undefined) throw scanner.bad();
  names.add(name);
  return comparisonOf(operator, scanner.operand());
}

/** Which text each column speaks of, or undefined when the event has too few fields. */
function assign({ head, tail }: Layout, message: string): [Column, string][] | undefined {
  const fields = splitFields(message);
  if (fields.length < head.length + (tail?.length ?? 0)) return undefined;
  if (tail !== undefined) {
    const behind = fields.length - tail.length;
    return [...pairs(head, fields), ...pairs(tail, fields.slice(behind))];
  }
  const given = pairs(head, fields);
  const last = head.at(-1);
  const lastField = fields[head.length - 1];
  if (last !== undefined && lastField !== undefined && fields.length > head.length) {
    given[head.length - 1] = [last, message.slice(lastField.from).trimEnd()];
  }
  return given;
}

function pairs(columns: readonly Column[], fields: readonly Field[]): [Column, string][] {
  return columns.map((column, i) => [column, fields[i]?.text ?? ""]);
}
