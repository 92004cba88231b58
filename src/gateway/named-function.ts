// The function that a request to one of our own routes names, and whose it is. Without account and region: those of a server that nobody told any.

import { type NamedFunction, parseFunctionName } from "../functions/name.ts";
import { badRequest } from "./json-body.ts";

/** A member of a body, or of a query. */
export type Asked = (name: "account" | "region" | "name" | "qualifier") => string | undefined;

export function askedIn(query: URLSearchParams): Asked {
  return (name) => query.get(name) ?? undefined;
}

export function ownerIn(asked: Asked): { readonly account: string; readonly region: string } {
  return { account: asked("account") ?? "000000000000", region: asked("region") ?? "us-east-1" };
}

/** `action` is what errors say that the caller wanted to do. Throws ServiceError. */
export function functionIn(asked: Asked, action: string): NamedFunction {
  const name = asked("name");
  if (name === undefined) throw badRequest("name is missing.");
  return parseFunctionName({ ...ownerIn(asked), principalArn: "" }, action, name, asked("qualifier"));
}
