// An operator's own prices instead of AWS's: what a GB-second costs on machines that are one's own. A file of JSON.

import { type PriceSheet, pricesOf, type RegionPrices } from "./prices.ts";

/** Every member may be left out; then AWS's price of the region holds. */
export interface OwnPrices {
  readonly usdPerGbSecond?: number;
  readonly usdPerRequest?: number;
  readonly storageUsdPerGbSecond?: number;
  /** Of environments kept warm. */
  readonly provisionedUsdPerGbSecond?: number;
  readonly streamingUsdPerGb?: number;
  /** To queues of either kind. */
  readonly sqsUsdPerRequest?: number;
  readonly logsUsdPerGb?: number;
  readonly logsUsdPerGbMonth?: number;
}

const NAMES = [
  "usdPerGbSecond",
  "usdPerRequest",
  "storageUsdPerGbSecond",
  "provisionedUsdPerGbSecond",
  "streamingUsdPerGb",
  "sqsUsdPerRequest",
  "logsUsdPerGb",
  "logsUsdPerGbMonth",
] as const satisfies readonly (keyof OwnPrices)[];

/** Throws an Error that says what is wrong with the text. */
export function parseOwnPrices(text: string): OwnPrices {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it is no JSON object");
  for (const [name, price] of Object.entries(value)) {
    if (!(NAMES as readonly string[]).includes(name)) throw new Error(`it names '${name}', and the prices are ${NAMES.join(", ")}`);
    if (typeof price !== "number" || !Number.isFinite(price) || price < 0) throw new Error(`${name} is no price in USD`);
  }
  return value as OwnPrices;
}

/** On own machines all regions and architectures cost the same, and a lot costs as much as a little. */
export function ownSheet(own: OwnPrices): PriceSheet {
  return (region) => {
    const aws = pricesOf(region);
    const { usdPerGbSecond, provisionedUsdPerGbSecond: warm } = own;
    const ofArchitecture = (architecture: "x86_64" | "arm64") => ({
      warmUsdPerGbSecond: warm ?? aws.provisioned[architecture].warmUsdPerGbSecond,
      durationUsdPerGbSecond: usdPerGbSecond ?? aws.provisioned[architecture].durationUsdPerGbSecond,
    });
    const flat = usdPerGbSecond === undefined ? undefined : [{ fromGbSeconds: 0, usdPerGbSecond }];
    return {
      usdPerRequest: own.usdPerRequest ?? aws.usdPerRequest,
      duration: flat === undefined ? aws.duration : { x86_64: flat, arm64: flat },
      storageUsdPerGbSecond: own.storageUsdPerGbSecond ?? aws.storageUsdPerGbSecond,
      provisioned: { x86_64: ofArchitecture("x86_64"), arm64: ofArchitecture("arm64") },
      streamingUsdPerGb: own.streamingUsdPerGb ?? aws.streamingUsdPerGb,
      services: {
        sqsRequests: own.sqsUsdPerRequest ?? aws.services.sqsRequests,
        sqsFifoRequests: own.sqsUsdPerRequest ?? aws.services.sqsFifoRequests,
        logBytes: own.logsUsdPerGb ?? aws.services.logBytes,
        logByteHours: own.logsUsdPerGbMonth ?? aws.services.logByteHours,
      },
    } satisfies RegionPrices;
  };
}
