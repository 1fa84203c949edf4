import { originalKey } from "../../../core/delivery/original.ts";
import type { SourceReference } from "../../../core/delivery/source-reference.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { findOriginal } from "../originals/find-original.ts";
import { homePictures } from "../regions.ts";
import type { Call } from "../route.ts";

/** A picture that renditions can be made of, wherever it came from: it lies in R2 and never changes there. */
export interface Source {
  /** SHA-256 of its bytes in hex: what is made of equal bytes is made once. */
  readonly hash: string;
  /** Where it lies. */
  readonly key: string;
  readonly bytes: number;
  readonly info: ImageInfo;
  /** Where `onerror=redirect` may send a browser; null where the picture has no address of its own. */
  readonly address: string | null;
}

/** The source that a URL names, or why there is none. */
export async function openSource(
  { env }: Pick<Call, "env">,
  tenant: string,
  reference: SourceReference,
): Promise<Result<Source, Problem>> {
  if (reference.kind !== "stored") return err(notStored);
  const original = await findOriginal(homePictures(env), tenant, reference.id);
  if (!original) return err(noSuchPicture);
  const { id, bytes, info } = original;
  const hash = id.slice("img_".length);
  return ok({ hash, key: originalKey(tenant, id), bytes, info, address: null });
}

const noSuchPicture = problem("not-found", "There is no such picture. Check the id in the URL.");
const notStored = problem(
  "invalid-option",
  "Only stored pictures are delivered: send it to POST /v1/images and write its id here.",
  { option: "source" },
);
