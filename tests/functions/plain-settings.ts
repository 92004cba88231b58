// Settings of a function, as a row has them, for tests to which it does not matter which.

import { writeSettings } from "../../src/functions/settings.ts";

export const settings = writeSettings({
  runtime: "provided.al2023",
  handler: "bootstrap",
  role: "arn:aws:iam::123456789012:role/r",
  architecture: "x86_64",
  timeoutS: 3,
  memoryMb: 128,
  tmpMb: 512,
  logging: { format: "Text", group: "/aws/lambda/fn" },
});
