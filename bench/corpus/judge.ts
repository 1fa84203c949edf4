import { uprightSize } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import type { RenderAnswer, Rendered, RenderReply } from "../thread/engine-thread.ts";
import type { CorpusFile } from "./manifest.ts";

/** How the engine did over a corpus: what the command prints. */
export interface Score {
  readonly decodes: { right: number; wrong: number };
  readonly mustReject: { refused: number; accepted: number };
  readonly either: { decoded: number; refused: number };
  /** Renders that threw, or took the thread with them. */
  crashes: number;
  hangs: number;
  maxWasmMiB: number;
  /** Everything counted as wrong, accepted, crashed or hung. */
  readonly wrong: { file: string; why: string }[];
  /** Named in the manifest and not in the folder: nothing is known of them. */
  readonly missing: string[];
  /** Undamaged files that may be refused, but whose pixels, once given, are not what sharp gives. */
  readonly differs: { file: string; why: string }[];
}

export const emptyScore = (): Score => ({
  decodes: { right: 0, wrong: 0 },
  mustReject: { refused: 0, accepted: 0 },
  either: { decoded: 0, refused: 0 },
  crashes: 0,
  hangs: 0,
  maxWasmMiB: 0,
  wrong: [],
  missing: [],
  differs: [],
});

/**
 * Counts one file. `compare` says how a rendition differs from what it should show, and is asked only
 * where the file has one right answer.
 */
export async function judge(
  score: Score,
  file: CorpusFile,
  reply: RenderReply,
  compare: (rendered: Rendered) => Promise<string | undefined>,
): Promise<void> {
  const note = (why: string) => void score.wrong.push({ file: file.file, why });
  if (reply.kind === "hung") {
    score.hangs += 1;
    return note(`no answer in ${Math.round(reply.millis / 1000)} s`);
  }
  if (reply.kind === "crashed") {
    score.crashes += 1;
    return note(reply.cause);
  }
  score.maxWasmMiB = Math.max(score.maxWasmMiB, toMiB(reply.wasmBytes));
  switch (file.expected) {
    case "decodes": {
      const why = await whyWrong(file, reply, compare);
      score.decodes[why === undefined ? "right" : "wrong"] += 1;
      return why === undefined ? undefined : note(why);
    }
    case "must_reject":
      score.mustReject[reply.kind === "refused" ? "refused" : "accepted"] += 1;
      return reply.kind === "refused" ? undefined : note("accepted, but must be refused");
    case "either": {
      score.either[reply.kind === "refused" ? "refused" : "decoded"] += 1;
      if (reply.kind === "refused" || file.isDamaged) return;
      const why = await whyWrong(file, reply, compare);
      if (why !== undefined) score.differs.push({ file: file.file, why });
    }
  }
}

async function whyWrong(
  file: CorpusFile,
  answer: RenderAnswer,
  compare: (rendered: Rendered) => Promise<string | undefined>,
): Promise<string | undefined> {
  if (answer.kind === "refused") return `refused: ${refusalText(answer.refusal)}`;
  return whyWrongSize(file, answer) ?? (await compare(answer));
}

/** The size as the manifest has it, and a rendition that lies as the orientation says. */
function whyWrongSize({ size, orientation }: CorpusFile, rendered: Rendered): string | undefined {
  const { source, renditions } = rendered;
  if (size === undefined) return undefined;
  // An AVIF turns itself by a property of its own, not by EXIF: tools give its size as it is seen.
  const upright = source.format === "avif" ? size : uprightSize({ ...size, orientation });
  const seen = uprightSize(source);
  if (seen.width !== upright.width || seen.height !== upright.height)
    return `${seen.width}x${seen.height} instead of ${upright.width}x${upright.height}`;
  for (const { width, height } of renditions) {
    const expected = Math.max(1, Math.round((upright.height * width) / upright.width));
    if (width > upright.width || Math.abs(height - expected) > 1)
      return `rendition of ${width}x${height} from an upright ${upright.width}x${upright.height}`;
  }
  return undefined;
}

const refusalText = ({ reason, ...rest }: Refusal): string =>
  [reason, ...Object.values(rest)].join(", ");

const toMiB = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10;
