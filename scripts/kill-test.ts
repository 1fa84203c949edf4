import { runCommand } from "./command.ts";
import { crashRun, type CrashReport } from "./local/crash-run.ts";
import { earlierCheckout } from "./local/earlier-checkout.ts";
import { root } from "./local/local-service.ts";
import { formatMillis, paint, readArguments, say, table, wholeNumber } from "./terminal.ts";

const usage = `npm run kill-test [-- --jobs N --runs N --from COMMIT --json]

Kills the service (kill -9) in the middle of work, starts it again on the same state, and counts the jobs that are
missing, billed twice or not delivered. Exit code 1 if there are any.

  --jobs N        pictures sent in each run, 200 by default
  --runs N        runs, 1 by default
  --from COMMIT   update: started as that version, killed, started as this one; every second run the other way
                  round. Where the engine's version differs, a delivered picture that is requested again is
                  another rendition and counts as a duplicate`;

await runCommand(killTest);

async function killTest(): Promise<number> {
  const { values } = readArguments(usage, {
    options: {
      jobs: { type: "string", default: "200" },
      runs: { type: "string", default: "1" },
      from: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const jobs = wholeNumber("jobs", values.jobs, 1);
  const runs = wholeNumber("runs", values.runs, 1);
  const other = values.from === undefined ? root : earlierCheckout(values.from);

  const reports: CrashReport[] = [];
  for (let run = 0; run < runs; run++) {
    const isRollback = run % 2 === 1;
    const versions =
      values.from && (isRollback ? `, back to ${values.from}` : `, from ${values.from}`);
    say(paint("bold", `Run ${run + 1} of ${runs}: ${jobs} jobs${versions ?? ""}`));
    // From a tenth to nine tenths of the way, so that the runs are killed in different states.
    const killAfter = Math.ceil(jobs * (runs === 1 ? 0.6 : 0.1 + (0.8 * run) / (runs - 1)));
    const [before, after] = isRollback ? [root, other] : [other, root];
    reports.push(await crashRun({ jobs, killAfter, before, after }));
  }

  const total = sum(reports);
  if (values.json) console.log(JSON.stringify(runs === 1 ? total : { ...total, runs: reports }));
  else console.log(`\n${readable(reports)}\n`);
  const faults = reports.flatMap(faultsOf);
  for (const fault of faults) say(paint("red", fault));
  return faults.length === 0 ? 0 : 1;
}

/** What breaks a promise. A run must have none. */
function faultsOf(report: CrashReport, run: number): string[] {
  const { accepted, done, failed, missing, billed, doubleBilled, duplicates, undelivered } = report;
  return [
    missing > 0 && `${missing} accepted jobs are missing or unfinished`,
    failed > 0 && `${failed} jobs failed that should have finished`,
    duplicates > 0 && `${duplicates} jobs exist twice for one Idempotency-Key or rendition`,
    doubleBilled > 0 && `${doubleBilled} jobs are billed twice`,
    billed < done && `${done - billed} finished jobs are not billed`,
    undelivered > 0 && `${undelivered} billed jobs cannot be fetched`,
    done > accepted && `${done - accepted} jobs finished that were never sent`,
  ]
    .filter((fault) => fault !== false)
    .map((fault) => `Run ${run + 1}: ${fault}.`);
}

function sum(reports: readonly CrashReport[]): CrashReport {
  const [first, ...rest] = reports;
  if (!first) throw new Error("There was no run.");
  return rest.reduce((total, report) => {
    const entries = Object.entries(report) as [keyof CrashReport, number][];
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        name === "recoveredMs" ? Math.max(total[name], value) : total[name] + value,
      ]),
    ) as unknown as CrashReport;
  }, first);
}

function readable(reports: readonly CrashReport[]): string {
  const rows = reports.map((report, run) => [
    run + 1,
    report.accepted,
    report.open,
    report.done,
    report.failed,
    report.interrupted,
    report.missing,
    report.billed,
    report.doubleBilled,
    report.undelivered,
    report.renders,
    formatMillis(report.recoveredMs),
  ]);
  return table(
    [
      "run",
      "accepted",
      "open at kill",
      "done",
      "failed",
      "interrupted",
      "missing",
      "billed",
      "billed twice",
      "not delivered",
      "renders of open",
      "recovered in",
    ],
    rows,
  );
}
