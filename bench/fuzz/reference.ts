import sharp from "sharp";
import type { Refusal } from "../../core/image/refusal.ts";
import type { RenderReply } from "../thread/engine-thread.ts";

/** Refusals that judge the bytes. The others are about limits, which the reference does not have. */
const judgements: ReadonlySet<Refusal["reason"]> = new Set([
  "unsupported_format",
  "corrupt_image",
  "truncated_image",
]);

/**
 * How a reply to a picture's bytes differs from the verdict of sharp, which decodes the whole picture with
 * its own defaults; undefined where they agree or the reply does not judge the bytes.
 */
export async function disagreement(
  source: Uint8Array,
  reply: RenderReply,
): Promise<string | undefined> {
  if (reply.kind !== "rendered" && reply.kind !== "refused") return undefined;
  if (reply.kind === "refused" && !judgements.has(reply.refusal.reason)) return undefined;
  const complaint = await complaintOfSharp(source);
  if (reply.kind === "rendered" && complaint !== undefined) return `rendered; sharp: ${complaint}`;
  if (reply.kind === "refused" && complaint === undefined) {
    return `refused, but sharp decodes it: ${JSON.stringify(reply.refusal)}`;
  }
  return undefined;
}

async function complaintOfSharp(source: Uint8Array): Promise<string | undefined> {
  try {
    await sharp(source).raw().toBuffer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
