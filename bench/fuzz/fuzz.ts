/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--format F] [--dir DIR] [--json] [--run K]`: damages pictures,
 * of one format or of all, and renders them. What is done in run K follows from seed, K, the format and the
 * folder's files alone; `--run K` repeats it. Ends with 1 when a render throws, hangs, keeps too much memory
 * or harms the next one. Where the verdict of sharp, or for HEIC of libheif, differs, the run is counted and printed, to
 * be judged by hand: some formats are read more leniently or more strictly on purpose. HEIC is switched on here, and its
 * pictures are read, since nothing here writes them: those of the folder, or else one of the picture corpus.
 */
import { parseArgs } from "node:util";
import { detectFormat } from "../../core/image/magic.ts";
import { runCommand } from "../../scripts/command.ts";
import { stage } from "../../scripts/terminal.ts";
import { Fuzzer } from "./fuzzer.ts";
import { heicVariants, readHeicSample } from "./heic-seeds.ts";
import { makeSeedPictures, readSeedPictures, type SeedPicture } from "./seed-pictures.ts";

await runCommand(fuzz);

async function fuzz(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1e9) },
      format: { type: "string" },
      dir: { type: "string" },
      run: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const seed = wholeNumber("seed", values.seed);
  const { format } = values;
  const { made, read } = await findPictures(format, values.dir);
  const fuzzer = made.length > 0 ? new Fuzzer(seed, made, read) : new Fuzzer(seed, read, []);
  if (values.run !== undefined) {
    const run = wholeNumber("run", values.run);
    console.log(await fuzzer.repeat(run));
    return 0;
  }

  const seconds = wholeNumber("seconds", values.seconds);
  const title = `Damaging ${made.length + read.length} pictures, seed ${seed}`;
  const report = await stage(title, (detail) => fuzzer.runFor(seconds * 1000, detail));
  const lines = Object.entries(report).map(([name, value]) => `${name.padEnd(13)} ${value}`);
  console.log(values.json ? JSON.stringify(report) : lines.join("\n"));
  return report.crashes + report.hangs + report.overMemory + report.harmed === 0 ? 0 : 1;
}

async function findPictures(format: string | undefined, dir: string | undefined) {
  const made = ofFormat(await makeSeedPictures(), format);
  const given = dir === undefined ? [] : ofFormat(await readSeedPictures(dir), format);
  const read = given.flatMap((picture) => (isHeic(picture) ? heicVariants(picture) : [picture]));
  if (format === "heic" && dir === undefined) read.push(...(await readHeicSample()));
  if (made.length + read.length > 0) return { made, read };
  const where = format === "heic" ? " Name a folder of small HEIC files: --dir DIR." : "";
  throw new Error(`There is no picture of format "${format}".${where}`);
}

const isHeic = ({ file }: SeedPicture) => detectFormat(file).format === "heic";

function ofFormat(pictures: readonly SeedPicture[], format: string | undefined) {
  if (format === undefined) return pictures;
  return pictures.filter(({ file }) => detectFormat(file).format === format);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} must be a whole number, not "${text}".`);
}
