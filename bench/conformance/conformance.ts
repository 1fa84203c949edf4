import { runCommand } from "../../scripts/command.ts";
import { readArguments, say, stage, wholeNumber } from "../../scripts/terminal.ts";
import { readCorpus } from "./corpus-files.ts";
import { createReferee } from "./referee.ts";
import { generateWebps, type TestFile } from "./webp-files.ts";

const usage = `npm run conformance -- webp [--files N] [--seed S] [--json]

Decodes generated files, damaged ones and those of the picture corpus, and compares every byte with sharp's full
decode. A file that sharp refuses must be refused. Exit code 1 if one differs.

  --files N   generated files, 2000 by default
  --seed S    their seed; another one each time by default`;

await runCommand(conformance);

interface Report {
  readonly seed: number;
  files: number;
  /** Files of which every byte is sharp's, or which both refuse. */
  exact: number;
  /** Of those, files that both refuse. */
  refused: number;
  readonly differs: { file: string; why: string }[];
}

async function conformance(): Promise<number> {
  const { values, positionals } = readArguments(usage, {
    allowPositionals: true,
    options: {
      files: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Date.now() % 1e9) },
      json: { type: "boolean", default: false },
    },
  });
  if (positionals[0] !== "webp") throw new Error(`Name the format webp.\n\n${usage}`);
  const [files, seed] = [wholeNumber("files", values.files), wholeNumber("seed", values.seed)];
  const report: Report = { seed, files: 0, exact: 0, refused: 0, differs: [] };
  await stage(`Decoding ${files} generated WebPs, seed ${seed}`, (detail) =>
    compareAll(report, generateWebps(files, seed), detail),
  );
  await stage("Decoding the corpus", (detail) => compareAll(report, readCorpus(".webp"), detail));
  if (values.json) console.log(JSON.stringify(report));
  else print(report);
  return report.differs.length === 0 ? 0 : 1;
}

async function compareAll(
  report: Report,
  files: AsyncIterable<TestFile>,
  detail: (text: string) => void,
): Promise<void> {
  const judge = await createReferee();
  let count = 0;
  for await (const { name, bytes } of files) {
    const { kind, why } = await judge(bytes);
    report.files += 1;
    if (kind === "differs") report.differs.push({ file: name, why });
    else report.exact += 1;
    if (kind === "refused") report.refused += 1;
    count += 1;
    if (count % 50 === 0) detail(`${count} files`);
  }
  detail(count === 0 ? "there are no files" : `${count} files`);
}

function print({ files, exact, refused, differs }: Report): void {
  for (const { file, why } of differs) say(`  ${file}: ${why}`);
  console.log(`${exact} of ${files} files are exact, of which both decoders refuse ${refused}`);
}
