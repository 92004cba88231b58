// There are no MFA devices here, so nobody can have shown one.

import { ServiceError } from "../../lib/errors.ts";

export function refuseMfa(input: { readonly SerialNumber?: string | undefined; readonly TokenCode?: string | undefined }): void {
  if (input.SerialNumber === undefined && input.TokenCode === undefined) return;
  throw new ServiceError("NotImplementedException", 501, "MFA devices (SerialNumber, TokenCode) are not supported");
}
