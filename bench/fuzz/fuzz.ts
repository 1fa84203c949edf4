/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--dir DIR] [--json] [--run K]`: damages pictures and renders
 * them. What is done in run K follows from seed, K and the folder's files alone; `--run K` does it again.
 * Ends with 1 when a render throws, hangs, keeps too much memory or harms the next one.
 */
import { parseArgs } from "node:util";
import { runCommand } from "../../scripts/command.ts";
import { stage } from "../../scripts/terminal.ts";
import { Fuzzer } from "./fuzzer.ts";
import { makeSeedPictures, readSeedPictures } from "./seed-pictures.ts";

await runCommand(fuzz);

async function fuzz(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1e9) },
      dir: { type: "string" },
      run: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const seed = wholeNumber("seed", values.seed);
  const made = await makeSeedPictures();
  const read = values.dir === undefined ? [] : await readSeedPictures(values.dir);
  const fuzzer = new Fuzzer(seed, made, read);
  if (values.run !== undefined) {
    const run = wholeNumber("run", values.run);
    console.log(await fuzzer.repeat(run));
    return 0;
  }

  const seconds = wholeNumber("seconds", values.seconds);
  const title = `Damaging ${made.length + read.length} pictures, seed ${seed}`;
  const report = await stage(title, (detail) => fuzzer.runFor(seconds * 1000, detail));
  const lines = Object.entries(report).map(([name, value]) => `${name.padEnd(12)} ${value}`);
  console.log(values.json ? JSON.stringify(report) : lines.join("\n"));
  return report.crashes + report.hangs + report.overMemory + report.harmed === 0 ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} must be a whole number, not "${text}".`);
}
