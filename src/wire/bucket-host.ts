// S3's virtual-hosted style: the bucket stands in the host name, and its requests' paths hold the key alone.

/** The bucket of a host name, or undefined for path style. `ownNames`: names of this server that a bucket may stand before. */
export function bucketOfHost(host: string, ownNames: readonly string[] = []): string | undefined {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  const beforeS3 = /^(.+)\.s3[.-]/.exec(name)?.[1];
  if (beforeS3) return beforeS3;
  if (/^s3[.-]/.test(name)) return undefined;
  const own = ["localhost", ...ownNames].find((suffix) => name.endsWith(`.${suffix}`));
  return own && name.slice(0, -own.length - 1);
}

/** The path as if the bucket had stood in it. */
export function pathWithBucket(bucket: string | undefined, path: string): string {
  return bucket ? `/${bucket}${path}` : path;
}
