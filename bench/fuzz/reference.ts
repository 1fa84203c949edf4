import sharp from "sharp";
import type { Refusal } from "../../core/image/refusal.ts";
import { detectFormat } from "../../core/image/magic.ts";
import { isShownByLibavif } from "./browsers-avif.ts";
import { firstGifFrame } from "./first-gif-frame.ts";
import { isWholeJpeg } from "./whole-jpeg.ts";
import { withoutConditioning, withoutForeignScans } from "./own-scans.ts";
import { isWholeGif } from "./whole-gif.ts";
import { complaintOfLibheif } from "./whole-heic.ts";
import { areNested, hasOwnSize } from "./nested-boxes.ts";
import { withoutItsEnd } from "./whole-png.ts";
import { isWholeProgressive } from "./whole-progressive.ts";
import type { RenderReply } from "../thread/engine-thread.ts";

/** Refusals that judge the bytes. The others are about limits, which the reference does not have. */
const judgements: ReadonlySet<Refusal["reason"]> = new Set([
  "unsupported_format",
  "corrupt_image",
  "truncated_image",
]);

/**
 * How a reply to a picture's bytes differs from the verdict of sharp, which decodes the whole picture with
 * its own defaults, or of libheif, since sharp reads no HEIC; undefined where they agree or the reply does not judge
 * the bytes.
 */
export async function disagreement(
  source: Uint8Array,
  reply: RenderReply,
): Promise<string | undefined> {
  if (reply.kind !== "rendered" && reply.kind !== "refused") return undefined;
  if (reply.kind === "refused" && !judgements.has(reply.refusal.reason)) return undefined;
  const { format } = detectFormat(source);
  const complaint = await (format === "heic" ? complaintOfLibheif : complaintOfSharp)(source);
  if ((reply.kind === "rendered") === (complaint === undefined)) return undefined;
  if (format === "avif" && (await isShownByLibavif(source)) === (reply.kind === "rendered")) {
    return undefined;
  }
  const isDisputed = reply.kind === "rendered" && complaint !== undefined;
  if (isDisputed && (isShownAnyway(complaint) || (await isWholeAsFarAsShown(source)))) {
    return undefined;
  }
  if (reply.kind === "rendered" && complaint !== undefined)
    return `rendered; the reference: ${complaint}`;
  if (reply.kind === "refused" && complaint === undefined && !isDamagedUnseen(source)) {
    return `refused, but the reference decodes it: ${JSON.stringify(reply.refusal)}`;
  }
  return undefined;
}

/**
 * What the documented rule renders although sharp refuses it: every browser shows a JPEG with bytes between its
 * segments that belong to none, or without some of its progressive scans, and libjpeg only warns of them. Nothing
 * else may be wrong with it.
 */
const isShownAnyway = (complaint: string): boolean =>
  complaint
    .split("\n")
    .every((line) => line === "" || shownComplaints.some((known) => known.test(line)));

const shownComplaints = [
  /^VipsJpeg: Corrupt JPEG data: \d+ extraneous bytes before marker 0x[0-9a-f]{2}$/,
  /^VipsJpeg: Inconsistent progression sequence for component \d+ coefficient \d+$/,
] as const;

/**
 * Whether the rule refuses what the reference decodes, because its readers pass damage: libjpeg-turbo codes that stand in
 * no table, libnsgif such codes, bytes that are no block and any version, libheif boxes that do not fit into each other and pictures without a size of their own.
 */
function isDamagedUnseen(source: Uint8Array): boolean {
  switch (detectFormat(source).format) {
    case "jpeg":
      return isWholeJpeg(source) === false || isWholeProgressive(source) === false;
    case "gif":
      return !isWholeGif(source);
    case "heic":
      return !areNested(source) || !hasOwnSize(source);
    default:
      return isGifOfNoVersion(source);
  }
}

/** GIF has two versions, and browsers know a GIF by them. */
const isGifOfNoVersion = (source: Uint8Array): boolean =>
  /^GIF(?!8[79]a)/.test(Buffer.from(source.subarray(0, 6)).toString("latin1"));

/**
 * Whether the picture is whole as far as the same rule looks: a JPEG's up to its last block, by the standard's letter, or
 * sharp decodes it without the scans that no scan before prepares, or without conditions of arithmetic coding;
 * sharp must decode a PNG's up to its last row and a GIF's up to the end of its first frame.
 */
async function isWholeAsFarAsShown(source: Uint8Array): Promise<boolean> {
  const { format } = detectFormat(source);
  if (format === "jpeg") {
    const plain = withoutConditioning(source);
    if (plain && (await complaintOfSharp(plain)) === undefined) return true;
    const own = withoutForeignScans(source);
    const complaint = own && (await complaintOfSharp(own));
    return isWholeJpeg(source) === true || (own !== undefined && isShownAnyway(complaint ?? ""));
  }
  const shown =
    format === "png" ? withoutItsEnd(source) : format === "gif" ? firstGifFrame(source) : undefined;
  return shown !== undefined && (await complaintOfSharp(shown)) === undefined;
}

async function complaintOfSharp(source: Uint8Array): Promise<string | undefined> {
  try {
    await sharp(source).raw().toBuffer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
