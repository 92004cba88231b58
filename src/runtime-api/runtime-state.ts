// The states of a runtime as the Runtime API tells them apart; their names appear in its error texts. Who moves: runtime-session.ts.
//
//   Started ──next──▶ Ready ──(event)──▶ Running ──response──▶ InvocationResponse ──────▶ RuntimeResponseSentState ──next──▶ Ready
//      │                                    └────error───────▶ InvocationErrorResponse ──▶─┘
//      └──init/error──▶ InitError

export type RuntimeStateName =
  | "Started"
  | "InitError"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  | "RuntimeResponseSentState"
  | "RestoreReady"
  | "RuntimeRestoreErrorState";

/** What a call may lead to from each state. /next in Ready and Running is answered again, as AWS's emulator does: it does not move. */
const MOVES: Readonly<Record<RuntimeStateName, readonly RuntimeStateName[]>> = {
  Started: ["Ready", "InitError"],
  InitError: [],
  Ready: ["Ready", "Running"],
  Running: ["Ready", "InvocationResponse", "InvocationErrorResponse"],
  InvocationResponse: ["RuntimeResponseSentState", "Running"],
  InvocationErrorResponse: ["RuntimeResponseSentState", "Running"],
  RuntimeResponseSentState: ["Ready"],
  RestoreReady: [],
  RuntimeRestoreErrorState: [],
};

export function mayMove(from: RuntimeStateName, to: RuntimeStateName): boolean {
  return MOVES[from].includes(to);
}
