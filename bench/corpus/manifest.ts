import type { Orientation } from "../../core/image/header.ts";

/** What a service must do with one file of a corpus: a row of its `MANIFEST.tsv`. */
export interface CorpusFile {
  /** Path from the manifest's folder. */
  readonly file: string;
  readonly expected: Expected;
  /** Pixels as stored, before EXIF orientation; absent where the file does not say. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly orientation: Orientation;
  /** Damaged on purpose, or made by a fuzzer: what its pixels should be is anyone's guess. */
  readonly isDamaged: boolean;
}

/** `decodes`: the right picture. `must_reject`: a refusal. `either`: one of both, within time and memory. */
export type Expected = "decodes" | "must_reject" | "either";

/** Reads a manifest: tab-separated, the first line names the columns. Throws on one that it cannot follow. */
export function parseManifest(text: string): readonly CorpusFile[] {
  const [head = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    const cell = (name: string): string => {
      const value = cells[names.indexOf(name)];
      if (value === undefined) throw new Error(`The manifest has no ${name} in the line: ${line}`);
      return value;
    };
    return {
      file: cell("file"),
      expected: parseExpected(cell("expected")),
      ...parseSize(cell("dims")),
      orientation: parseOrientation(cell("features")),
      isDamaged: damagedCategories.has(cell("category")),
    };
  });
}

const damagedCategories: ReadonlySet<string> = new Set(["fuzz", "bitflip", "trunc"]);

function parseExpected(text: string): Expected {
  if (text === "decodes" || text === "must_reject" || text === "either") return text;
  throw new Error(`The manifest expects ${text}, which means nothing here.`);
}

function parseSize(text: string): Pick<CorpusFile, "size"> {
  const match = /^(\d+)x(\d+)$/.exec(text);
  return match ? { size: { width: Number(match[1]), height: Number(match[2]) } } : {};
}

/** Features are separated by commas; `orient6` among them is EXIF orientation 6. */
function parseOrientation(features: string): Orientation {
  const match = /(?:^|,)orient([1-8])(?:,|$)/.exec(features);
  return match ? (Number(match[1]) as Orientation) : 1;
}
