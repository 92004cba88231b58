// Whom a statement of a resource policy lets do what, its condition aside.

import { namesPrincipal } from "./principal.ts";

/** Every statement allows: AddPermission makes no other. */
export interface Grant {
  readonly Principal: string | Readonly<Record<string, string>>;
  readonly Action: string;
}

/** `action`: "lambda:InvokeFunction". `caller` undefined: nobody in particular, whom only a statement for everybody lets in. */
export function grants(
  { Action, Principal }: Grant,
  action: string,
  caller: { readonly account: string; readonly principalArn: string } | undefined,
): boolean {
  if (Action !== action && Action !== "lambda:*" && Action !== "*") return false;
  const named = typeof Principal === "string" ? Principal : (Principal["AWS"] ?? "");
  return caller === undefined ? named === "*" : namesPrincipal(named, caller);
}
