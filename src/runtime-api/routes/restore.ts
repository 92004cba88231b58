// GET /runtime/restore/next and POST /runtime/restore/error belong to SnapStart, which is not offered: there is nothing to restore from.

import { type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Session } from "../session.ts";

export function restoreNext(exchange: Exchange, session: Session): BodySink {
  return discardBody(() => exchange.answer(session.refuseTransition("RestoreReady")));
}

export function restoreError(exchange: Exchange, session: Session): BodySink {
  return discardBody(() => exchange.answer(session.refuseTransition("RuntimeRestoreErrorState")));
}
