// A function URL's CORS settings: the answer to a preflight, and the headers that stand in place of the function's own. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors

import type { Cors } from "../../functions/function-urls.ts";

type Headers = Readonly<Record<string, string | undefined>>;

export function isPreflight(method: string, headers: Headers): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/** Of the 200 that answers it; without an allowed origin there is nothing in it that a browser could take for a yes. */
export function preflightHeaders(cors: Cors, asked: Headers): Record<string, string> {
  const origin = allowedOrigin(cors, asked.origin);
  if (origin === undefined) return VARY;
  const methods = wildcard(cors, cors.AllowMethods, asked["access-control-request-method"]);
  const headers = wildcard(cors, cors.AllowHeaders, asked["access-control-request-headers"]);
  return {
    ...VARY,
    ...origin,
    ...(methods === undefined ? {} : { "access-control-allow-methods": methods }),
    ...(headers === undefined ? {} : { "access-control-allow-headers": headers }),
    ...(cors.MaxAge === undefined ? {} : { "access-control-max-age": String(cors.MaxAge) }),
  };
}

/** The function's headers with ours in place of its own about CORS. */
export function withCors(cors: Cors, origin: string | undefined, headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("access-control-")));
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined) return kept;
  const exposed = cors.ExposeHeaders?.join(",");
  const vary = kept.vary === undefined ? VARY.vary : `${kept.vary}, ${VARY.vary}`;
  return { ...kept, vary, ...allowed, ...(exposed ? { "access-control-expose-headers": exposed } : {}) };
}

const VARY = { vary: "Origin" };

function allowedOrigin({ AllowOrigins = [], AllowCredentials }: Cors, origin: string | undefined): Record<string, string> | undefined {
  if (origin === undefined) return undefined;
  const isAny = AllowOrigins.includes("*");
  if (!isAny && !AllowOrigins.some((one) => one.toLowerCase() === origin.toLowerCase())) return undefined;
  if (AllowCredentials !== true) return { "access-control-allow-origin": isAny ? "*" : origin };
  return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" };
}

/** With credentials a star has no meaning of its own to browsers: what is asked for stands in its place. */
function wildcard({ AllowCredentials }: Cors, list: readonly string[] = [], asked: string | undefined): string | undefined {
  if (list.length === 0) return undefined;
  return list.includes("*") && AllowCredentials === true && asked !== undefined ? asked : list.join(",");
}
