// Open mode believes every caller, and a browser is a caller that any web page can command: this keeps web pages out.
// Pages of another origin are told by their headers; a page whose name was re-bound to this machine is told by its Host.

import { isIP } from "node:net";
import { ServiceError } from "../lib/errors.ts";
import type { RequestHead } from "../wire/identify.ts";

/** AWS's own domains may be pointed here by a client's DNS; no web page can be served from them. */
const AWS_DOMAINS = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws"];

export class BrowserGuard {
  readonly #publicHosts: ReadonlySet<string>;
  /** Clients come by the same name again and again. */
  #lastOurs: string | undefined;

  /** `publicHosts`: further names, without port, that this server is reached by. */
  constructor(publicHosts: readonly string[]) {
    this.#publicHosts = new Set(publicHosts.map((host) => host.toLowerCase()));
  }

  /** Throws ServiceError 403, naming the reason, if a web page may have caused the request. */
  check({ headers, query }: Pick<RequestHead, "headers" | "query">): void {
    const { host, origin, "sec-fetch-site": site } = headers;
    if (site !== undefined && site !== "none" && site !== "same-origin")
      throw refusal(`a web page of another site (Sec-Fetch-Site: ${site.slice(0, 40)}) caused it`);
    if (site === "none" && isAction(query))
      throw refusal("an address that a browser was led to caused it: such a one may look, but not act");
    if (origin !== undefined && !isOwnOrigin(origin, host)) throw refusal(`a web page of ${origin.slice(0, 200)} caused it`);
    this.checkHost({ headers });
  }

  /** Throws ServiceError 403 if the request came by a name that is not this server's: one re-bound to this machine. */
  checkHost({ headers: { host } }: Pick<RequestHead, "headers">): void {
    if (host === undefined || host === this.#lastOurs) return;
    if (!this.#isOurs(hostName(host))) {
      throw refusal(
        `its Host is ${host.slice(0, 200)}: start with --public-host ${hostName(host).slice(0, 200)} if that is this machine's name`,
      );
    }
    this.#lastOurs = host;
  }

  #isOurs(name: string): boolean {
    if (name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0 || this.#publicHosts.has(name)) return true;
    return AWS_DOMAINS.some((domain) => name.endsWith(domain)) || this.#isBelowPublicHost(name);
  }

  /** `<bucket>.s3.<public host>` and the like. */
  #isBelowPublicHost(name: string): boolean {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1))
      if (this.#publicHosts.has(name.slice(dot + 1))) return true;
    return false;
  }
}

/**
 * "none" is what browsers also say of a link in a mail, and of a typed address that was redirected here. GET is harmless in AWS's other
 * protocols, but a query action may be sent by it.
 */
const isAction = (query: string) => /(?:^|&)Action=/.test(query);

const isOwnOrigin = (origin: string, host: string | undefined) =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);

/** Without port, brackets of IPv6 removed, in lower case. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return (bracketed ? bracketed[1]! : host.replace(/:\d*$/, "")).toLowerCase();
}

const refusal = (why: string) => new ServiceError("AccessDeniedException", 403, `lambent in open mode refuses this request, since ${why}.`);
