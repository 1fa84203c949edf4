import type { JobSpec } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { ok } from "../../../core/result.ts";
import type { DoorAnswer } from "../admission/ledger-door.ts";
import { callStorage } from "../call-storage.ts";
import type { SentFiles } from "../../../core/job/express-calls.ts";
import type { Call } from "../route.ts";

/** Null: the consumer reads it, and decides what happens to the job if it is gone. Never rejects. */
export type SourceAhead = Promise<R2ObjectBody | null> | null;

/**
 * A stored source, asked of storage while the ledger is asked whether it may be rendered. None of it is held in memory
 * here: its bytes are read later, and not at all where the job is not this request's to render.
 */
export function askAhead(
  bucket: R2Bucket,
  { source, kept }: JobSpec,
  accepting: Promise<DoorAnswer>,
): SourceAhead {
  if (!kept || source.bytes > limits.heldBytesMax) return null;
  const asked = callStorage(bucket.get(kept.source)).catch(() => null);
  const answered = accepting.catch(() => null);
  return Promise.all([asked, answered]).then(([object, answer]) => {
    // There is a claim with a new job that is not set apart.
    if (answer?.claim) return object;
    void object?.body.cancel();
    return null;
  });
}

/** Does `work` with the source, or without where this isolate holds as many pictures as it can. */
export async function withSource<Value>(
  { uploads }: Pick<Call, "uploads">,
  tenant: string,
  ahead: SourceAhead,
  work: (sent: SentFiles | null) => Promise<Value>,
): Promise<Value> {
  const object = await ahead;
  if (!object) return work(null);
  // With what is made of it. Apart from the tenant's uploads: no visitor takes their room.
  const bytes = object.size + limits.heldBytesMax;
  const held = await uploads.holding(`visitors of ${tenant}`, bytes, async () => {
    const source = await callStorage(object.arrayBuffer()).catch(() => null);
    return ok(await work(source && { source: new Uint8Array(source) }));
  });
  if (held.ok) return held.value;
  void object.body.cancel();
  return work(null);
}
