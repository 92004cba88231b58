// Where two values of a shape differ, as paths: "Tags.0.Key: sent, not received".

type Bag = Record<string, unknown>;

/** Members that are undefined count as absent. Bytes compare as bytes, whatever class holds them. */
export function differences(expected: unknown, actual: unknown, path = ""): string[] {
  if (expected === undefined && actual === undefined) return [];
  if (actual === undefined) return [`${path}: missing`];
  if (expected === undefined) return [`${path}: unexpected`];
  if (expected instanceof Uint8Array)
    return actual instanceof Uint8Array && Buffer.compare(expected, actual) === 0 ? [] : [`${path}: other bytes`];
  if (expected instanceof Date)
    return actual instanceof Date && actual.getTime() === expected.getTime()
      ? []
      : [`${path}: ${expected.toISOString()} became ${String(actual)}`];
  if (typeof expected !== typeof actual) return [`${path}: ${typeof expected} became ${typeof actual}`];
  if (typeof expected !== "object" || expected === null)
    return Object.is(expected, actual) ? [] : [`${path}: ${JSON.stringify(expected)} became ${JSON.stringify(actual)}`];
  if (typeof actual !== "object" || actual === null || Array.isArray(expected) !== Array.isArray(actual))
    return [`${path}: became ${JSON.stringify(actual)}`];
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => differences((expected as Bag)[name], (actual as Bag)[name], path ? `${path}.${name}` : name));
}
