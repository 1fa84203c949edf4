import { detectFormat } from "../../core/image/magic.ts";
import { runCommand } from "../../scripts/command.ts";
import { readArguments, stage, wholeNumber } from "../../scripts/terminal.ts";
import { Fuzzer } from "./fuzzer.ts";
import { heicVariants, readHeicSample } from "./heic-seeds.ts";
import { makeSeedPictures, readSeedPictures, type SeedPicture } from "./seed-pictures.ts";

const usage = `npm run fuzz -- [--seconds N] [--seed S] [--format F] [--dir DIR] [--json] [--run K]

Damages pictures and renders them. Exit code 1 if a render throws, hangs, keeps too much memory or harms the next one.
A verdict that differs from that of sharp, or for HEIC of libheif, is counted and printed, to be judged by hand: some
formats are read more leniently or more strictly on purpose.

  --seconds N   how long, 60 by default
  --seed S      another one each time by default
  --format F    pictures of this format only: jpeg, png, webp, gif, avif or heic
  --dir DIR     also damage the small pictures of this folder; HEIC comes only from here or from the picture corpus
  --run K       repeat run K: what it does follows from seed, K, format and the folder's files alone`;

await runCommand(fuzz);

async function fuzz(): Promise<number> {
  const { values } = readArguments(usage, {
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
