// Where a function's URL leads: by host name, as on AWS, and by path for machines where such names do not resolve.
//
//   http://<url id>.lambda-url.<region>.<any domain>[:port]/my/path
//   http://<any host>[:port]/_lambent/url/<url id>/my/path

import { isIP } from "node:net";

const PATH_PREFIX = "/_lambent/url/";
const BY_HOST = /^([0-9a-z]{32})\.lambda-url\.[a-z0-9-]+\./;
const BY_PATH = /^\/_lambent\/url\/([0-9a-z]{32})(\/.*)?$/;

export interface UrlTarget {
  readonly urlId: string;
  /** As the function shall see it: percent-encoded, from the first slash on. */
  readonly path: string;
  readonly form: "host" | "path";
}

/** Undefined when the request is for no function URL. `path` is as sent, without the query. */
export function urlTargetOf(host: string | undefined, path: string): UrlTarget | undefined {
  const byHost = BY_HOST.exec(host?.toLowerCase() ?? "");
  if (byHost !== null) return { urlId: byHost[1]!, path, form: "host" };
  const byPath = path.startsWith(PATH_PREFIX) ? BY_PATH.exec(path) : null;
  return byPath === null ? undefined : { urlId: byPath[1]!, path: byPath[2] ?? "/", form: "path" };
}

/**
 * For a caller who reaches this server by `endpoint`, "http://host:port". Names below localhost lead to this machine in browsers and curl;
 * whoever has only an address gets the form that needs no name.
 * AWS: https, and always by host name.
 */
export function addressOfUrl(endpoint: string, region: string, urlId: string): string {
  const { protocol, hostname, host } = new URL(endpoint);
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return `${endpoint}${PATH_PREFIX}${urlId}/`;
  return `${protocol}//${urlId}.lambda-url.${region}.${host}/`;
}
