import { UploadFault } from "../http/body-problems.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";
import type { ChunkReader } from "../http/chunk-reader.ts";
import type { Owner } from "../originals/store-by-hash.ts";
import { heldPicture, streamedPicture, type Picture } from "../upload/picture.ts";
import {
  fetchRemote,
  type RemoteAnswer,
  type RemoteAsk,
  type RemotePicture,
} from "./fetch-remote.ts";
import { emptyAnswer } from "./remote-problems.ts";

export interface FetchedPicture extends Omit<RemotePicture, "body" | "bytes"> {
  /** Its header is read, the rest may be on its way. */
  readonly picture: Picture;
}

/** Asks a source's origin, of whose picture nothing is read yet. Never rejects. */
export const askOrigin = (
  ask: Omit<RemoteAsk, "bytesMax">,
  owner: Owner,
): Promise<Result<RemoteAnswer, Problem>> =>
  fetchRemote({ ...ask, bytesMax: bytesMaxOf(owner) }, globalThis);

/** Does `work` with room in memory for this many bytes. */
export type Room = <Value>(
  bytes: number,
  work: () => Promise<Result<Value, Problem>>,
) => Promise<Result<Value, Problem>>;

/**
 * Reads the header of what an origin sends, as an upload's is read, and has the picture stored, once there is room
 * for it.
 */
export async function takeIn<Value>(
  { body, bytes, ...about }: RemotePicture,
  owner: Owner,
  room: Room,
  store: (fetched: FetchedPicture) => Promise<Result<Value, Problem>>,
): Promise<Result<Value, Problem>> {
  let isRead = false;
  const taken = await room(heldBytes(bytes), async () => {
    isRead = true;
    const picture = await readHeader(body, bytes, owner);
    if (!picture.ok) return picture;
    const stored = await store({ ...about, picture: picture.value });
    await picture.value.rest?.cancel();
    return stored;
  });
  if (!isRead) await body.cancel();
  return taken;
}

async function readHeader(
  body: RemotePicture["body"],
  bytes: number | null,
  owner: Owner,
): Promise<Result<Picture, Problem>> {
  try {
    const picture = isHeld(bytes)
      ? heldPicture(new Uint8Array(await new Response(body).arrayBuffer()))
      : await streamedPicture(body, { bytes, bytesMax: bytes ?? bytesMaxOf(owner) }, giveUp);
    return !picture.ok && picture.error.code === "empty-body" ? err(emptyAnswer) : picture;
  } catch (cause) {
    if (cause instanceof UploadFault) return err(cause.problem);
    throw cause;
  }
}

/** An origin does not wait for our answer: what it still sends need not be read. */
const giveUp = (rest: ChunkReader) => rest.cancel();

const bytesMaxOf = ({ limits: granted }: Owner) =>
  Math.min(limits.sourceBytesMax, granted.sourceBytesMax);

const isHeld = (bytes: number | null) => bytes !== null && bytes <= limits.heldBytesMax;

/**
 * What is in memory of a source while it is taken in: all of a short one, else its head, and a part on its way to R2.
 */
export const heldBytes = (bytes: number | null): number =>
  bytes !== null && isHeld(bytes) ? bytes : limits.headBytesMax + limits.uploadPartBytes;
