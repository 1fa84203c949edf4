/** `npm run books -- key [--after FILE]`: a secret for the witness. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runCommand } from "../command.ts";
import { say } from "../terminal.ts";
import { withNewKey, type WitnessKeys } from "./witness-keys.ts";

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { after: { type: "string" } },
    allowPositionals: true,
  });
  if (positionals.length !== 1 || positionals[0] !== "key") {
    say("Usage: npm run books -- key [--after FILE]");
    return 1;
  }
  const { after } = values;
  const known =
    after === undefined ? { keys: [] } : (JSON.parse(readFileSync(after, "utf8")) as WitnessKeys);
  console.log(JSON.stringify(withNewKey(known, Date.now())));
  return 0;
});
