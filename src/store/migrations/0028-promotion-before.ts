// What an alias's versions had done in the minute in which a promotion began, before it: counts are kept by the minute.

import type { Migration } from "../migration.ts";

export const promotionBefore: Migration = {
  id: 28,
  name: "promotion-before",
  in: "main",
  // JSON (trial/promotions.ts).
  up: () => ["ALTER TABLE promotion ADD COLUMN counted_before text NOT NULL DEFAULT '{}'"],
};
