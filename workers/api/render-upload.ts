import type { JobSpec } from "../../core/job/job.ts";
import type { RateStatus } from "../../core/ledger/admission.ts";
import { limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { AcceptRequest } from "../../durable-objects/ledger/ledger-calls.ts";
import { expressAsk, type Claim, type Rendering } from "./admission/express-lane.ts";
import { renderAndSettle } from "./admission/settle-rendered.ts";
import type { LedgerDoor } from "./admission/ledger-door.ts";
import type { Refusal } from "./admission/refusals.ts";
import { isPictureWanted, type Accepted } from "./answer-job.ts";
import { idempotencyOf, outputsAsked } from "./http/idempotency.ts";
import { picturesOf } from "./regions.ts";
import type { Call } from "./route.ts";
import { digestUpload, storeUpload } from "./upload/store-upload.ts";
import type { Upload } from "./upload/picture.ts";

/** A request with a picture. */
export interface Arrival {
  /** Id of the job that it will be. */
  readonly job: string;
  readonly idempotencyKey: string | null;
  readonly tenant: string;
  readonly door: LedgerDoor;
  /** How long the client waits for the job. */
  readonly millis: number;
}

/** What became of a picture that was taken in. The client waits until `until`. */
export type TakenIn = { readonly until: number } & (
  | ({ readonly kind: "accepted" } & Accepted)
  /** Its files are under `keys`, and the ledger is to be asked. */
  | {
      readonly kind: "stored";
      readonly request: AcceptRequest;
      readonly keys: readonly string[];
      readonly replayed?: boolean;
      readonly rate?: RateStatus | null;
    }
);

/**
 * A picture whose client waits: reserve → render over the binding → settled. It is not stored, so until it is
 * settled its job is not promised: the ledger holds it, and ends it when this request comes to nothing. Where
 * the lane does not end it, the picture is stored after all and the ledger told so; only that makes it accepted.
 */
export async function renderUpload(
  call: Call,
  arrival: Arrival,
  upload: Upload,
  asked: Omit<AcceptRequest, "idempotency">,
): Promise<Result<TakenIn, Refusal | Problem>> {
  const { env, timing, uploads } = call;
  const { door, idempotencyKey: key, tenant, millis } = arrival;
  const until = Date.now() + millis;
  const digests = key === null ? noDigests : await digestUpload(upload);
  const idempotency = idempotencyOf(key, digests, outputsAsked(upload.options));
  const request = { ...asked, idempotency };
  const hold = { held: true, holdMillis: limits.uploadHoldMillis, claim: true } as const;
  const { verdict, rate, apart, claim } = await door.accept({ ...request, ...hold }, 0);
  if (!verdict.ok) return err({ problem: verdict.error, rate });
  const { job, replayed } = verdict.value;
  const outputs = asked.spec.transforms.length;
  const known = { kind: "accepted", rate, replayed, outputs, rendition: null, until } as const;
  // Known by its key, and not held by a request before this one.
  if (replayed && !job.held) return ok({ ...known, job });

  const { line } = uploads;
  const rendering =
    replayed || apart
      ? untaken
      : await line.inTurn(tenant, () => render(call, arrival, upload, { id: job.id, claim }));
  const rendition = theRendition(rendering, asked.spec);
  if (rendition && isPictureWanted(call.request, { millis, outputs })) {
    return ok({
      ...known,
      job: (rendering.kind === "rendered" && rendering.job) || job,
      rendition,
    });
  }
  if (rendering.kind !== "untaken") {
    const ended = rendering.job ?? (await door.wait(job.id, 0));
    if (ended && ended.settledAt !== null) return ok({ ...known, job: ended });
  }
  const stored = await timing.measure("store", () =>
    line.inTurn(tenant, () =>
      line.storing(() => storeUpload(picturesOf(env, job.id), tenant, job.id, upload, false)),
    ),
  );
  if (!stored.ok) return stored;
  const { lost, unbegun } = rendering.kind === "untaken" ? rendering : untaken;
  const { keys } = stored.value;
  return ok({
    kind: "stored",
    request: { ...request, id: job.id, lost, unbegun },
    keys,
    replayed,
    rate,
    until,
  });
}

const noDigests = { digest: null, overlayDigest: "" };

/** Another request renders it or has ended, or it is to be rendered alone. */
const untaken = { kind: "untaken", lost: false, unbegun: false } as const;

function render(
  call: Call,
  { door, tenant, millis }: Arrival,
  { picture, overlay }: Upload,
  { id: job, claim }: { readonly id: string; readonly claim: Claim | undefined },
): Promise<Rendering> {
  const { timing, express } = call;
  const sent = { source: picture.head, ...(overlay && { overlay: overlay.head }) };
  const sourceBytes = sent.source.length + (sent.overlay?.length ?? 0);
  const millisMax = Math.min(millis, limits.expressMillisMax);
  const asked = { tenant, job };
  const rendering = () =>
    renderAndSettle(call, expressAsk({ ledger: door.ledger, job, sourceBytes }, claim), sent);
  return express.render(timing, asked, rendering, millisMax);
}

/** The rendition of a job with one output. */
function theRendition(rendering: Rendering, { transforms }: JobSpec): Accepted["rendition"] {
  const [transform] = transforms;
  const [made] = rendering.kind === "rendered" ? rendering.renditions : [];
  return made && transform ? { ...made, format: transform.format } : null;
}
