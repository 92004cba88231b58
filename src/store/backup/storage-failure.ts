// What disks and databases say while a backup is made or restored, as the operator's business.

import { PlatformError } from "../../lib/errors.ts";
import { StoreError } from "../database.ts";
import { sqlState } from "../dialects/postgres-errors.ts";

/** What `act` returns; a full disk, a missing right, a lost connection become a PlatformError of that code. */
export async function explaining<T>(code: "backup-failed" | "restore-failed", act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof PlatformError || !isStorages(error)) throw error;
    throw new PlatformError(code, `${sentenceOf(error as Error)} What had been written has been removed.`, { cause: error });
  }
}

function isStorages(error: unknown): boolean {
  if (error instanceof StoreError) return error.code !== "bug";
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isConnections = error instanceof Error && /^Connection terminated/.test(error.message);
  return syscall !== undefined || code === "ERR_SQLITE_ERROR" || sqlState(error) !== undefined || isConnections;
}

function sentenceOf(error: Error): string {
  const text = error.message;
  const isFull = /ENOSPC|EDQUOT|database or disk is full/.test(text) || sqlState(error) === "53100";
  return `${isFull ? "The disk is full: " : ""}${text.replace(/\.$/, "")}.`;
}
