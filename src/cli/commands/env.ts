// lambent env: what to export so that aws-cli and every SDK talk to lambent. Made for `eval "$(lambent env)"`.

import { addConnectionOptions, type CliCommand } from "../command.ts";
import { connectionOf } from "../connection.ts";

export const env: CliCommand = {
  shape(command) {
    addConnectionOptions(command);
    command.addHelpText("after", '\nUse it so: eval "$(lambent env)"');
  },

  async run({ options, environment, stdout }) {
    const connection = connectionOf(options, environment);
    const variables = {
      // An address and no name: with "localhost" the JavaScript SDK would put bucket names before it (BUCKET.localhost), which does not resolve.
      AWS_ENDPOINT_URL: connection.endpoint,
      AWS_ACCESS_KEY_ID: connection.accessKeyId,
      AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
      ...(connection.sessionToken && { AWS_SESSION_TOKEN: connection.sessionToken }),
      AWS_REGION: connection.region,
      AWS_DEFAULT_REGION: connection.region,
    };
    if (options.json) stdout.write(`${JSON.stringify(variables)}\n`);
    else for (const [name, value] of Object.entries(variables)) stdout.write(`export ${name}=${quoted(value)}\n`);
    return 0;
  },
};

function quoted(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
