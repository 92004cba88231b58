// Whether a function can be served by a runtime that was started before its variables were known.

import type { Variables } from "./runtime.ts";

/** Read once, when a process or an interpreter starts. */
const READ_AT_START = new Set([
  "AWS_LAMBDA_EXEC_WRAPPER",
  "GLIBC_TUNABLES",
  "LANG",
  "LANGUAGE",
  "NODE_COMPILE_CACHE",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_NO_WARNINGS",
  "NODE_OPTIONS",
  "NODE_PENDING_DEPRECATION",
  "NODE_PRESERVE_SYMLINKS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "OPENSSL_CONF",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "UV_THREADPOOL_SIZE",
]);
const READ_AT_START_PREFIXES = ["LC_", "LD_", "MALLOC_", "PYTHON"];
/** The guest adds it to sys.path itself. */
const HANDLED = new Set(["PYTHONPATH"]);

export function mayStartEarly(variables: Variables): boolean {
  return Object.keys(variables).every((name) => HANDLED.has(name) || !isReadAtStart(name));
}

function isReadAtStart(name: string): boolean {
  return READ_AT_START.has(name) || READ_AT_START_PREFIXES.some((prefix) => name.startsWith(prefix));
}
