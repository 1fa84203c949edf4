import { UploadFault } from "../http/body-problems.ts";
import type { SourceRules } from "../../../core/delivery/remote/remote-target.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { ChunkReader } from "../http/chunk-reader.ts";
import type { Owner } from "../originals/store-by-hash.ts";
import { heldPicture, streamedPicture, type Picture } from "../upload/picture.ts";
import {
  fetchRemote,
  type RemoteAsk,
  type RemotePicture,
  type RemoteUnchanged,
} from "./fetch-remote.ts";
import { emptyAnswer } from "./remote-problems.ts";

export interface FetchedPicture extends Omit<RemotePicture, "body" | "bytes"> {
  /** Its header is read, the rest may be on its way. */
  readonly picture: Picture;
}

/** Fetches a source and reads its header, as an upload's is read. Never rejects. */
export async function fetchPicture(
  url: URL,
  rules: SourceRules,
  owner: Owner,
): Promise<Result<FetchedPicture, Problem>> {
  const fetched = await fetchIfChanged({ url, rules, known: null }, owner);
  if (!fetched.ok) return fetched;
  if (fetched.value.kind === "unchanged") throw new Error("Nothing was known of this source.");
  return ok(fetched.value);
}

/** The same, unless the origin still has what is known. */
export async function fetchIfChanged(
  ask: Omit<RemoteAsk, "bytesMax">,
  owner: Owner,
): Promise<Result<FetchedPicture | RemoteUnchanged, Problem>> {
  const bytesMax = Math.min(limits.sourceBytesMax, owner.limits.sourceBytesMax);
  const answer = await fetchRemote({ ...ask, bytesMax }, globalThis);
  if (!answer.ok) return answer;
  if (answer.value.kind === "unchanged") return ok(answer.value);
  const { body, bytes, ...about } = answer.value;
  try {
    const picture =
      bytes !== null && bytes <= limits.heldBytesMax
        ? heldPicture(new Uint8Array(await new Response(body).arrayBuffer()))
        : await streamedPicture(body, { bytes, bytesMax: bytes ?? bytesMax }, giveUp);
    if (picture.ok) return ok({ ...about, picture: picture.value });
    return err(picture.error.code === "empty-body" ? emptyAnswer : picture.error);
  } catch (cause) {
    if (cause instanceof UploadFault) return err(cause.problem);
    throw cause;
  }
}

/** An origin does not wait for our answer: what it still sends need not be read. */
const giveUp = (rest: ChunkReader) => rest.cancel();

/** What is in memory of a source while it is taken in: its head, and a part on its way to R2. */
export const heldOfRemoteBytes = limits.headBytesMax + limits.uploadPartBytes;
