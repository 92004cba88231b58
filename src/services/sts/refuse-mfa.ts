// There are no MFA devices here, so nobody can have shown one.

import { notImplemented } from "../../lib/errors.ts";

export function refuseMfa(input: { readonly SerialNumber?: string | undefined; readonly TokenCode?: string | undefined }): void {
  if (input.SerialNumber === undefined && input.TokenCode === undefined) return;
  throw notImplemented("MFA devices (SerialNumber, TokenCode) are not supported");
}
