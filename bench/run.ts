/** `npm run bench -- <name> [--json] [--rounds N]` */
import { parseArgs } from "node:util";
import { runCommand } from "../scripts/command.ts";
import { say } from "../scripts/terminal.ts";
import { benchLedger } from "./ledger.ts";
import { benchService } from "./service.ts";
import { benchUpload } from "./upload.ts";

const benches = {
  service: {
    about: "the whole path at 8 clients against the engine alone",
    rounds: 7,
    run: benchService,
  },
  ledger: {
    about: "accepting a job at a thousand rows and at a million",
    rounds: 15,
    run: benchLedger,
  },
  upload: {
    about: "20 MB uploads, 8 at once; fails when one fails",
    rounds: 3,
    run: benchUpload,
  },
} as const;

await runCommand(bench);

async function bench(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false }, rounds: { type: "string" } },
    allowPositionals: true,
  });
  const name = positionals[0] ?? "";
  if (!isBench(name)) {
    say("Choose a bench: npm run bench -- <name> [--json] [--rounds N]\n");
    for (const [each, { about }] of Object.entries(benches)) say(`  ${each.padEnd(9)} ${about}`);
    return name === "" ? 0 : 1;
  }
  const rounds = Number(values.rounds ?? benches[name].rounds);
  if (!(rounds >= 1)) throw new Error(`--rounds must be 1 or more, not "${values.rounds}".`);
  const report = await benches[name].run(rounds);
  console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, null, 2));
  return "failures" in report && report.failures > 0 ? 1 : 0;
}

function isBench(name: string): name is keyof typeof benches {
  return Object.hasOwn(benches, name);
}
