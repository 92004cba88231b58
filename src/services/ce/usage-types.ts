// How AWS's bill names what is charged for. Source: usage types of the AWS price list; those of response streaming are not in it.

import type { BillItem, UsageKind } from "../../metering/bill.ts";

interface Named {
  readonly usageType: string;
  readonly unit: string;
}

const NAMES: Readonly<Record<UsageKind, Named>> = {
  requests: { usageType: "Request", unit: "Requests" },
  duration: { usageType: "Lambda-GB-Second", unit: "seconds" },
  provisionedDuration: { usageType: "Lambda-Provisioned-GB-Second", unit: "seconds" },
  warm: { usageType: "Lambda-Provisioned-Concurrency", unit: "seconds" },
  storage: { usageType: "Lambda-Storage-GB-Second", unit: "seconds" },
  streaming: { usageType: "Lambda-Response-Streaming-Bytes", unit: "GB" },
  sqsRequests: { usageType: "Requests-Tier1", unit: "Requests" },
  sqsFifoRequests: { usageType: "Requests-FIFO-Tier1", unit: "Requests" },
  logBytes: { usageType: "DataProcessing-Bytes", unit: "GB" },
  logByteHours: { usageType: "TimedStorage-ByteHrs", unit: "GB-Mo" },
};

/** Before the usage type, outside us-east-1. */
const REGION_PREFIXES: Readonly<Record<string, string>> = {
  "us-east-1": "",
  "us-east-2": "USE2-",
  "us-west-1": "USW1-",
  "us-west-2": "USW2-",
  "ca-central-1": "CAN1-",
  "eu-west-1": "EU-",
  "eu-west-2": "EUW2-",
  "eu-west-3": "EUW3-",
  "eu-central-1": "EUC1-",
  "eu-north-1": "EUN1-",
  "eu-south-1": "EUS1-",
  "ap-south-1": "APS3-",
  "ap-southeast-1": "APS1-",
  "ap-southeast-2": "APS2-",
  "ap-northeast-1": "APN1-",
  "ap-northeast-2": "APN2-",
  "ap-northeast-3": "APN3-",
  "ap-east-1": "APE1-",
  "sa-east-1": "SAE1-",
  "af-south-1": "AFS1-",
  "me-south-1": "MES1-",
};

/** AWS: what a region without a known prefix has before its usage types is its own name here. */
export function usageTypeOf({ kind, region, version }: Pick<BillItem, "kind" | "region" | "version">): Named {
  const { usageType, unit } = NAMES[kind];
  const isByArchitecture = kind === "requests" || kind === "duration" || kind === "provisionedDuration" || kind === "warm";
  const suffix = isByArchitecture && version?.architecture === "arm64" ? "-ARM" : "";
  return { usageType: `${REGION_PREFIXES[region] ?? `${region}-`}${usageType}${suffix}`, unit };
}
