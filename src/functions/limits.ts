// Lambda's limits as one table, each with its source. An operator may lift one, knowingly: `liftLimits` says which AWS limit that breaks.

interface Limit {
  readonly value: number;
  readonly unit: "bytes" | "MB" | "s" | "count" | "characters";
  readonly source: string;
}

const quotas = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";

/** THE TABLE. "MB" is 1,024 × 1,024 bytes, as in AWS's quotas. */
export const limitTable = {
  zipBytesMax: { value: 52_428_800, unit: "bytes", source: quotas },
  unzippedBytesMax: { value: 262_144_000, unit: "bytes", source: quotas },
  zipEntriesMax: { value: 200_000, unit: "count", source: "ours: AWS names none; keeps a small zip from taking every inode" },
  layersMax: { value: 5, unit: "count", source: quotas },
  codeStorageBytesMax: { value: 80_530_636_800, unit: "bytes", source: "GetAccountSettings' documented TotalCodeSize" },
  memoryMbMin: { value: 128, unit: "MB", source: quotas },
  memoryMbMax: { value: 10_240, unit: "MB", source: quotas },
  timeoutSMax: { value: 900, unit: "s", source: quotas },
  tmpMbMin: { value: 512, unit: "MB", source: quotas },
  tmpMbMax: { value: 10_240, unit: "MB", source: quotas },
  variablesBytesMax: { value: 4_096, unit: "bytes", source: quotas },
  functionNameMax: { value: 64, unit: "characters", source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html" },
  tagsMax: { value: 50, unit: "count", source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html" },
  policyBytesMax: { value: 20_480, unit: "bytes", source: quotas },
  aliasExtraVersionsMax: { value: 1, unit: "count", source: "https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html" },
  requestPayloadBytesMax: { value: 6_291_456, unit: "bytes", source: quotas },
  streamedPayloadBytesMax: { value: 209_715_200, unit: "bytes", source: quotas },
  eventPayloadBytesMax: { value: 1_048_576, unit: "bytes", source: quotas },
  clientContextCharactersMax: { value: 3_583, unit: "characters", source: "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html" },
  unreservedConcurrencyMin: {
    value: 100,
    unit: "count",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  },
  listItemsMax: { value: 50, unit: "count", source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html" },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;
export type Limits = Readonly<Record<LimitName, number>>;

const entries = Object.entries(limitTable) as [LimitName, Limit][];

export const awsLimits: Limits = Object.fromEntries(entries.map(([name, limit]) => [name, limit.value])) as Limits;

/** AWS's limits with some replaced, and a sentence for each that now differs from AWS: for the banner. */
export function liftLimits(lifted: Partial<Limits>): { readonly limits: Limits; readonly broken: readonly string[] } {
  const different = entries.filter(([name]) => lifted[name] !== undefined && lifted[name] !== awsLimits[name]);
  return {
    limits: { ...awsLimits, ...lifted },
    broken: different.map(([name, { value, unit, source }]) => `${name} is ${lifted[name]} ${unit}; on AWS it is ${value} (${source})`),
  };
}
