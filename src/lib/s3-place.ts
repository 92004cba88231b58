// Where blobs lie in a bucket: s3://BUCKET/PREFIX?endpoint=URL&region=REGION&addressing=path. Keys are never part of it.

import { PlatformError } from "./errors.ts";

export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
  /** Where the service answers; a bucket's name is added as `addressing` says. */
  readonly endpoint: URL;
  readonly region: string;
  /** "path": ENDPOINT/BUCKET/KEY, which servers of one's own expect; "virtual": BUCKET.ENDPOINT/KEY, which AWS wants. */
  readonly addressing: "path" | "virtual";
}

const FORM = "s3://BUCKET/PREFIX, with ?endpoint=URL for a service other than AWS's and &region=REGION";
const PARAMETERS = new Set(["endpoint", "region", "addressing"]);

/** `defaultRegion` is what the environment says. Throws PlatformError "bad-setting"; its text repeats nothing that may be a secret. */
export function s3PlaceOf(text: string, defaultRegion: string | undefined): S3Place {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "s3:") throw refuse(`takes ${FORM}`);
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    throw refuse("takes no keys in its address: give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials");
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) throw refuse(`knows endpoint, region and addressing, not '${unknown}'`);
  const bucket = url.host;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) throw refuse(`takes ${FORM}; '${bucket}' is no bucket's name`);
  const given = url.searchParams.get("endpoint");
  const region = url.searchParams.get("region") || defaultRegion || (given === null ? "" : "us-east-1");
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw refuse("needs the bucket's region: add ?region=REGION");
  const endpoint = endpointOf(given ?? `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`);
  const addressing = addressingOf(url.searchParams.get("addressing"), { isAws: given === null, bucket });
  return { bucket, prefix: prefixOf(url.pathname), endpoint, region, addressing };
}

/** For messages: no more than the operator has written. */
export function nameOf({ bucket, prefix, endpoint }: S3Place): string {
  return `s3://${bucket}/${prefix} at ${endpoint.host}`;
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "" || url.search !== "")
    throw refuse("takes an endpoint as https://HOST:PORT, without keys or parameters");
  return url;
}

/** Certificates of AWS cover one label below s3.REGION: a bucket with a dot in its name has to stand in the path. */
function addressingOf(text: string | null, { isAws, bucket }: { readonly isAws: boolean; readonly bucket: string }): S3Place["addressing"] {
  if (text === null) return isAws && !bucket.includes(".") ? "virtual" : "path";
  if (text !== "path" && text !== "virtual") throw refuse("takes addressing=path or addressing=virtual");
  return text;
}

function prefixOf(pathname: string): string {
  const prefix = pathname.replace(/^\/+|\/+$/g, "");
  const isPlain = prefix === "" || prefix.split("/").every((part) => /^[A-Za-z0-9_.=-]+$/.test(part) && !/^\.+$/.test(part));
  if (!isPlain) throw refuse("takes a prefix of letters, digits and any of _ . = - /");
  return prefix;
}

function refuse(what: string): PlatformError {
  return new PlatformError("bad-setting", `--blobs s3://… (or LAMBENT_BLOBS) ${what}.`);
}
