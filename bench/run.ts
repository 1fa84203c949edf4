import { runCommand } from "../scripts/command.ts";
import { readArguments, say, wholeNumber } from "../scripts/terminal.ts";
import { benchAdmission } from "./admission.ts";
import { benchAudit } from "./audit.ts";
import { benchAuth } from "./auth.ts";
import { benchBooks } from "./books.ts";
import { isRuntimeName } from "./engine-runtimes.ts";
import { benchDelivery } from "./delivery.ts";
import { benchCold, coldTable } from "./engine-cold.ts";
import { benchEngine, engineTable, type EngineChoice } from "./engine.ts";
import { benchLedger } from "./ledger.ts";
import { benchRollUp } from "./roll-up.ts";
import { benchQuiet } from "./quiet.ts";
import { benchServiceBooks } from "./service-books.ts";
import { benchService } from "./service.ts";
import { benchShards } from "./shards.ts";
import { benchUpload } from "./upload.ts";

interface Choice extends EngineChoice {
  readonly disk: boolean;
  readonly oneThread: boolean;
}

interface Bench<Report extends object> {
  readonly about: string;
  readonly rounds: number;
  readonly run: (rounds: number, choice: Choice) => Promise<Report>;
  /** The report for people. */
  readonly text?: (report: Report) => string;
}

const benches = new Map([
  bench("engine", {
    about: "time, closeness and bytes compared with sharp, in Node and in workerd",
    rounds: 9,
    run: benchEngine,
    text: engineTable,
  }),
  bench("engine --cold", {
    about: "the first renders of a fresh workerd",
    rounds: 5,
    run: benchCold,
    text: coldTable,
  }),
  bench("service", {
    about: "the whole path at 12 clients against the engine alone",
    rounds: 7,
    run: benchService,
  }),
  bench("service --books", {
    about: "processor time of a job with books, metrics, traces and receipts, and without",
    rounds: 60,
    run: benchServiceBooks,
  }),
  bench("delivery", {
    about:
      "a picture that is there against a bare Worker, one that has to be made against the engine",
    rounds: 5,
    run: benchDelivery,
  }),
  bench("ledger", {
    about: "accepting a job at a thousand rows and at a million",
    rounds: 15,
    run: benchLedger,
  }),
  bench("shards", {
    about: "accepting jobs of one tenant at one, two and four shards",
    rounds: 5,
    run: benchShards,
  }),
  bench("auth", {
    about: "requests that do nothing: of tenants that are known or looked up, against anyone's",
    rounds: 5,
    run: benchAuth,
  }),
  bench("admission", {
    about: "one, two and four times what can be rendered: finished work, refusals, a quiet tenant",
    rounds: 2,
    run: benchAdmission,
  }),
  bench("quiet", {
    about:
      "a tenant that sends two pictures a second and waits, while another sends damaged files or too much",
    rounds: 2,
    run: benchQuiet,
  }),
  bench("roll-up", {
    about: "a closed hour of 5000 tenants into their statements; what an event costs against 50",
    rounds: 3,
    run: benchRollUp,
  }),
  bench("audit", {
    about: "100 000 tenants, 5000 at work in an hour: how long after its news each is audited",
    rounds: 3,
    run: benchAudit,
  }),
  bench("books", {
    about: "flush, roll-up and verification of ten thousand events and of a hundred thousand",
    rounds: 3,
    run: benchBooks,
  }),
  bench("upload", {
    about: "20 MB uploads, 8 at once; fails when one fails",
    rounds: 3,
    run: benchUpload,
  }),
]);

const usage = `npm run bench -- <name> [--json] [--rounds N]

${[...benches].map(([name, { about }]) => `  ${name.padEnd(15)} ${about}`).join("\n")}

  --rounds N                 how often everything is measured; each bench has a default
  --case TEXT                engine: only cases whose name and output contain it, such as 12mp
  --runtime node | workerd   engine: only there
  --disk                     service, delivery: what is stored is on the disk, not in memory
  --one-thread               admission, quiet: all Workers share one thread`;

await runCommand(runBench);

async function runBench(): Promise<number> {
  const { values, positionals } = readArguments(usage, {
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
      case: { type: "string", default: "" },
      runtime: { type: "string" },
      cold: { type: "boolean", default: false },
      books: { type: "boolean", default: false },
      disk: { type: "boolean", default: false },
      "one-thread": { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const variant = `${values.cold ? " --cold" : ""}${values.books ? " --books" : ""}`;
  const name = `${positionals[0] ?? ""}${variant}`;
  const chosen = benches.get(name);
  if (chosen === undefined) {
    say(usage);
    return name === "" ? 0 : 1;
  }
  const rounds = wholeNumber("rounds", values.rounds ?? String(chosen.rounds), 1);
  const { runtime } = values;
  if (runtime !== undefined && !isRuntimeName(runtime))
    throw new Error(`--runtime must be node or workerd, not "${runtime}".`);
  const { report, text } = await chosen.run(rounds, {
    case: values.case,
    runtime,
    disk: values.disk,
    oneThread: values["one-thread"],
  });
  console.log(values.json ? JSON.stringify(report) : text);
  return "failures" in report && report.failures !== 0 ? 1 : 0;
}

function bench<Report extends object>(name: string, { about, rounds, run, text }: Bench<Report>) {
  const runToText = async (chosenRounds: number, choice: Choice) => {
    const report = await run(chosenRounds, choice);
    const words = text === undefined ? JSON.stringify(report, null, 2) : text(report);
    return { report: report as object, text: words };
  };
  return [name, { about, rounds, run: runToText }] as const;
}
