/** Does accepting a job become slower as the ledger fills? A thousand rows against a million. */
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { stage } from "../scripts/terminal.ts";
import { hostDescription } from "./host.ts";
import { measureLedgerBytes, type LedgerBytes } from "./ledger-bytes.ts";
import { median, round, spread } from "./statistics.ts";

export interface LedgerReport extends LedgerBytes {
  readonly host: string;
  readonly rows: readonly [few: number, many: number];
  /** Microseconds for one job, durable. */
  readonly acceptMicros: readonly [few: number, many: number];
  /** Time at many rows by time at few. */
  readonly ratio: number;
  readonly spread: number;
  /** Rows that a job writes from its acceptance until it has left, as the platform counts them. */
  readonly rowsPerJob: { readonly withKey: number; readonly withoutKey: number };
}

export async function benchLedger(rounds: number): Promise<LedgerReport> {
  const { url, stop } = await stage("Starting a ledger", () =>
    startService({ stateDir: temporaryStateDir(), configs: ["bench/ledger-worker.toml"] }),
  );
  const few = await stage("Filling one with 1 000 rows", () => fill(url, "few", 1000));
  const many = await stage("Filling one with 1 000 000 rows", (detail) =>
    fill(url, "many", 1_000_000, detail),
  );
  await accept(url, "few");
  await accept(url, "many");

  const micros: [few: number, many: number][] = [];
  await stage(`Accepting ${jobsPerTurn} jobs in each, ${rounds} times`, async () => {
    for (let number = 0; number < rounds; number++) {
      micros.push([await accept(url, "few"), await accept(url, "many")]);
    }
  });
  const rowsPerJob = await stage("Counting the rows that jobs write", async () => ({
    withKey: await rowsOfJob(url, true),
    withoutKey: await rowsOfJob(url, false),
  }));
  await stop();

  const ratios = micros.map(([atFew, atMany]) => atMany / atFew);
  return {
    host: hostDescription(),
    rows: [few, many],
    acceptMicros: [
      round(median(micros.map(([atFew]) => atFew)), 1),
      round(median(micros.map(([, atMany]) => atMany)), 1),
    ],
    ratio: round(median(ratios), 3),
    spread: round(spread(ratios), 3),
    rowsPerJob,
    ...(await stage("Weighing settled jobs", async () => measureLedgerBytes())),
  };
}

const jobsPerTurn = 1000;
const rowsPerCall = 50_000;

async function fill(url: string, ledger: string, rows: number, detail?: (text: string) => void) {
  let filled = 0;
  while (filled < rows) {
    const answer = await call<{ rows: number }>(
      `${url}/fill?ledger=${ledger}&rows=${Math.min(rowsPerCall, rows - filled)}`,
    );
    filled = answer.rows;
    detail?.(`${filled}`);
  }
  return filled;
}

/** Microseconds that one of `jobsPerTurn` jobs took. */
async function accept(url: string, ledger: string): Promise<number> {
  const answer = await call<{ millis: number }>(
    `${url}/accept?ledger=${ledger}&jobs=${jobsPerTurn}`,
  );
  return (answer.millis * 1000) / jobsPerTurn;
}

async function rowsOfJob(url: string, withKey: boolean): Promise<number> {
  const { rows } = await call<{ rows: number }>(`${url}/rows?key=${withKey}`);
  return round(rows, 2);
}

async function call<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, { method: "POST" });
  if (!response.ok) throw new Error(`The ledger refused: ${await response.text()}`);
  return (await response.json()) as Answer;
}
