import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { runCommand } from "../../scripts/command.ts";
import { renderTransform } from "../render-transform.ts";
import { readArguments, say, stage } from "../../scripts/terminal.ts";
import { EngineThread } from "../thread/engine-thread.ts";
import { compareWithSharp } from "./compare-with-sharp.ts";
import { emptyScore, judge, type Score } from "./judge.ts";
import { parseManifest, type CorpusFile } from "./manifest.ts";

const usage = `npm run corpus -- DIR [--json] [--pixels] [--only SUBSTRING]

Renders every file of a folder whose MANIFEST.tsv says what must become of each. Exit code 1 if anything is wrong or
missing.

  --pixels           compare the pixels with sharp's
  --only SUBSTRING   only files with this in their paths`;

/** A render that takes longer counts as a hang. */
const hangMillis = 10_000;

const atOwnSize = renderTransform("format=png");
const atWidth256 = renderTransform("format=png,width=256,fit=scale-down");

await runCommand(corpus);

async function corpus(): Promise<number> {
  const { values, positionals } = readArguments(usage, {
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      pixels: { type: "boolean", default: false },
      only: { type: "string", default: "" },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error(`Name the folder.\n\n${usage}`);

  const list = await readIfThere(join(folder, "MANIFEST.tsv"));
  if (list === undefined) throw new Error(`${folder} has no MANIFEST.tsv.`);
  const manifest = parseManifest(new TextDecoder().decode(list));
  const files = manifest.filter(({ file }) => file.includes(values.only));
  const score = await stage("Rendering the corpus", (detail) =>
    renderAll(folder, files, values.pixels, detail),
  );
  if (values.json) console.log(JSON.stringify(score));
  else print(score);
  return score.wrong.length + score.missing.length === 0 ? 0 : 1;
}

async function renderAll(
  folder: string,
  files: readonly CorpusFile[],
  withPixels: boolean,
  detail: (text: string) => void,
): Promise<Score> {
  const score = emptyScore();
  const thread = new EngineThread({ millisMax: hangMillis });
  for (const [index, file] of files.entries()) {
    if (index % 25 === 0) detail(`${index} of ${files.length}`);
    const source = await readIfThere(join(folder, file.file));
    if (source === undefined) {
      score.missing.push(file.file);
      continue;
    }
    const reply = await thread.render({ source, transforms: [transformFor(file)] });
    await judge(score, file, reply, async (rendered) =>
      withPixels ? compareWithSharp(source, rendered) : undefined,
    );
  }
  detail(`${files.length} files`);
  await thread.close();
  return score;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

/**
 * A small picture keeps its size, so that each of its pixels can be looked at; a large one goes the way
 * of a photograph, through the decoder's own shrinking and the resampler.
 */
function transformFor({ size }: CorpusFile): RenderTransform {
  const isSmall = size !== undefined && size.width * size.height <= 1_000_000;
  return isSmall ? atOwnSize : atWidth256;
}

function print(score: Score) {
  const { decodes, mustReject, either, crashes, hangs, maxWasmMiB, wrong, differs, missing } =
    score;
  for (const { file, why } of [...wrong, ...differs]) say(`  ${file}: ${why}`);
  for (const file of missing) say(`  ${file}: not in the folder`);
  console.log(
    [
      `must decode   ${decodes.right} right, ${decodes.wrong} wrong`,
      `must reject   ${mustReject.refused} refused, ${mustReject.accepted} accepted`,
      `either        ${either.decoded} decoded (${differs.length} unlike sharp), ${either.refused} refused`,
      `crashes       ${crashes}`,
      `hangs         ${hangs}`,
      `missing       ${missing.length}`,
      `WASM memory   ${maxWasmMiB} MiB at most`,
    ].join("\n"),
  );
}
