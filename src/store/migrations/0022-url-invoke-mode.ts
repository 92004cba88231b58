// Function URLs say how they are answered: whole, or as a stream.

import type { Migration } from "../migration.ts";

export const urlInvokeMode: Migration = {
  id: 22,
  name: "url-invoke-mode",
  in: "main",
  up: () => ["ALTER TABLE function_url ADD COLUMN invoke_mode text NOT NULL DEFAULT 'BUFFERED'"],
};
