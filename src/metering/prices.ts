// AWS Lambda's list prices, dated, per region. Data only: what follows from them is cost.ts's business.
// Source: aws.amazon.com/lambda/pricing and the AWS price list of 2026-08-31, in USD; a GB is 1,024 MB.

export type Architecture = "x86_64" | "arm64";

/** What is used beside functions: requests to standard and FIFO queues, bytes that log groups take in, and keep for an hour. */
export type ServiceKind = "sqsRequests" | "sqsFifoRequests" | "logBytes" | "logByteHours";

/** The price that holds from `fromGbSeconds` of a month on, per architecture, region and account. */
export interface Tier {
  readonly fromGbSeconds: number;
  readonly usdPerGbSecond: number;
}

export interface RegionPrices {
  readonly usdPerRequest: number;
  /** Cheapest last; never empty. */
  readonly duration: Readonly<Record<Architecture, readonly Tier[]>>;
  /** Ephemeral storage above the free 512 MB. */
  readonly storageUsdPerGbSecond: number;
  readonly provisioned: Readonly<Record<Architecture, { readonly warmUsdPerGbSecond: number; readonly durationUsdPerGbSecond: number }>>;
  /** Of responses that are streamed, beyond the free part of each. */
  readonly streamingUsdPerGb: number;
  /** Of a request, of a GB, of a GB kept for a month. The first tier's; SQS's second begins at 100 billion requests a month. */
  readonly services: Readonly<Record<ServiceKind, number>>;
}

/** The prices of a region: AWS's list, or the operator's own. */
export type PriceSheet = (region: string) => RegionPrices;

/** The day the sheet below was compared with the price list. */
export const pricesAsOf = "2026-08-31";

export const freeTier = {
  requestsPerMonth: 1_000_000,
  gbSecondsPerMonth: 400_000,
  streamedGbPerMonth: 100,
  /** To queues of either kind. */
  sqsRequestsPerMonth: 1_000_000,
  logGbPerMonth: 5,
} as const;

/** us-east-1's in every region: aws.amazon.com/sqs/pricing, aws.amazon.com/cloudwatch/pricing, 2026-08-31. */
const services = { sqsRequests: 0.0000004, sqsFifoRequests: 0.0000005, logBytes: 0.5, logByteHours: 0.03 } as const;

/** Response streaming: the first 6 MB of every response cost nothing. */
export const streaming = { freeMbPerResponse: 6, usdPerGb: 0.008 } as const;

/** What costs the same in every region, as far as we know. */
const everywhere = { streamingUsdPerGb: streaming.usdPerGb, services } as const;

export const freeStreamedBytes = streaming.freeMbPerResponse * 1024 * 1024;

export const freeTmpMb = 512;

const ARM_SHARE = 0.8;

/** The outlier regions publish tier 1 only; tiers 2 and 3 keep the relation of the default sheet, 90 % and 80 %. */
function tiers(arch: Architecture, [first, second, third]: readonly [number, number, number]): readonly Tier[] {
  const scale = arch === "x86_64" ? 1 : 1.25;
  return [
    { fromGbSeconds: 0, usdPerGbSecond: first },
    { fromGbSeconds: 6e9 * scale, usdPerGbSecond: second },
    { fromGbSeconds: 15e9 * scale, usdPerGbSecond: third },
  ];
}

const defaultDuration = {
  x86_64: tiers("x86_64", [0.0000166667, 0.000015, 0.0000133334]),
  arm64: tiers("arm64", [0.0000133334, 0.0000120001, 0.0000106667]),
} as const;

function outlier(x86: number, arm: number): RegionPrices["duration"] {
  return {
    x86_64: tiers("x86_64", [x86, x86 * 0.9, x86 * 0.8]),
    arm64: tiers("arm64", [arm, arm * 0.9, arm * 0.8]),
  };
}

/** Provisioned concurrency on arm64 is 80 % of x86, in every region of the price list. */
function provisioned(warm: number, duration: number): RegionPrices["provisioned"] {
  return {
    x86_64: { warmUsdPerGbSecond: warm, durationUsdPerGbSecond: duration },
    arm64: { warmUsdPerGbSecond: warm * ARM_SHARE, durationUsdPerGbSecond: duration * ARM_SHARE },
  };
}

function usual(warm: number, duration: number, storage: number): RegionPrices {
  return {
    usdPerRequest: 0.0000002,
    duration: defaultDuration,
    storageUsdPerGbSecond: storage,
    provisioned: provisioned(warm, duration),
    ...everywhere,
  };
}

const northVirginia = usual(0.0000041667, 0.0000097222, 0.0000000309);
const tokyo = usual(0.0000053835, 0.0000125615, 0.000000037);
const sydney = usual(0.000005236, 0.0000122173, 0.000000037);
const ireland = usual(0.000004646, 0.0000108407, 0.000000034);

const sheet: Readonly<Record<string, RegionPrices>> = {
  "us-east-1": northVirginia,
  "us-east-2": northVirginia,
  "us-west-2": northVirginia,
  "us-west-1": usual(0.0000049041, 0.000011443, 0.000000037),
  "eu-west-1": ireland,
  "ca-central-1": ireland,
  "eu-west-2": usual(0.0000048304, 0.0000112709, 0.0000000358),
  "eu-west-3": usual(0.0000048673, 0.0000113569, 0.0000000358),
  "eu-central-1": usual(0.0000050147, 0.0000117011, 0.0000000367),
  "eu-north-1": usual(0.0000044248, 0.0000103245, 0.0000000323),
  "ap-south-1": usual(0.0000044985, 0.0000104966, 0.0000000352),
  "ap-northeast-1": tokyo,
  "ap-northeast-3": tokyo,
  "ap-northeast-2": usual(0.0000051254, 0.0000119592, 0.0000000352),
  "ap-southeast-1": usual(0.0000051991, 0.0000121313, 0.000000037),
  "ap-southeast-2": sydney,
  "ap-southeast-4": sydney,
  "sa-east-1": usual(0.0000066372, 0.0000154867, 0.0000000586),
  "af-south-1": {
    usdPerRequest: 0.00000027,
    duration: outlier(0.0000221, 0.00001768),
    storageUsdPerGbSecond: 0.0000000404,
    provisioned: provisioned(0.00000553, 0.0000129),
    ...everywhere,
  },
  "ap-east-1": {
    usdPerRequest: 0.00000028,
    duration: outlier(0.00002292, 0.0000183),
    storageUsdPerGbSecond: 0.0000000407,
    provisioned: provisioned(0.0000057153, 0.0000133358),
    ...everywhere,
  },
  "eu-south-1": {
    usdPerRequest: 0.00000023,
    duration: outlier(0.0000195172, 0.0000156138),
    storageUsdPerGbSecond: 0.0000000357,
    provisioned: provisioned(0.0000048783, 0.0000113827),
    ...everywhere,
  },
  "me-south-1": {
    usdPerRequest: 0.00000025,
    duration: outlier(0.0000206667, 0.0000165334),
    storageUsdPerGbSecond: 0.0000000374,
    provisioned: provisioned(0.0000051108, 0.0000119251),
    ...everywhere,
  },
  "eu-central-2": {
    usdPerRequest: 0.00000022,
    duration: outlier(0.0000183334, 0.0000146667),
    storageUsdPerGbSecond: 0.0000000441,
    provisioned: provisioned(0.0000055162, 0.0000128712),
    ...everywhere,
  },
  "ap-southeast-5": {
    usdPerRequest: 0.00000018,
    duration: outlier(0.000015, 0.000012),
    storageUsdPerGbSecond: 0.0000000333,
    provisioned: provisioned(0.0000046791, 0.0000109181),
    ...everywhere,
  },
};

/** The regions whose prices are known; others are priced as us-east-1, as most regions are. */
export const pricedRegions: readonly string[] = Object.keys(sheet);

/** The prices of a region; of us-east-1 for a region that is not in the sheet. */
export function pricesOf(region: string): RegionPrices {
  return Object.hasOwn(sheet, region) ? sheet[region]! : northVirginia;
}
