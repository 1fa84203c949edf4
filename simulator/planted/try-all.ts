import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Report } from "../campaign.ts";
import { faults } from "./faults.ts";
import type { PlantedFault } from "./planted-fault.ts";

const run = join(import.meta.dirname, "../run.ts");
const millisMax = 2 * 60_000;

export interface Tried {
  readonly fault: number;
  readonly title: string;
  /** The invariant that was violated; null: the fault was not found in time. */
  readonly found: string | null;
  readonly seed: number | null;
  readonly seconds: number;
}

/** Puts each known fault back, one at a time, and lets the simulator look for it. */
export async function tryAllFaults(): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const fault of faults) {
    const result = await tryFault(fault);
    console.error(
      `${result.found === null ? "MISSED" : "found"} ${fault.number} ${fault.title}: ${result.found ?? "-"} (seed ${result.seed ?? "-"}, ${result.seconds} s)`,
    );
    tried.push(result);
  }
  return tried;
}

/** One fault in a process of its own, so that its code is loaded nowhere else. */
export async function tryFault({ number, title, look, invariants }: PlantedFault): Promise<Tried> {
  const started = performance.now();
  const options = [...look, "--plant", String(number), "--until", invariants.join()];
  const output = await outputOf([run, ...options]);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const report = output === "" ? null : (JSON.parse(output) as Report);
  const hit = report?.violations.find(({ invariant }) => invariants.includes(invariant));
  return { fault: number, title, found: hit?.invariant ?? null, seed: hit?.seed ?? null, seconds };
}

function outputOf(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: millisMax,
    });
    let [output, complaint] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 || code === 1 || code === null
        ? resolve(output)
        : reject(new Error(complaint.trim())),
    );
  });
}
