import { ulid } from "ulid";
import type { Identity } from "../../core/identity/standing.ts";
import { jobId } from "../../core/job/job-id.ts";
import { jobCost, type Job } from "../../core/job/job.ts";
import { ledgerName } from "../../core/job/ledger-address.ts";
import type { Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { AcceptRequest } from "../../durable-objects/ledger/ledger-calls.ts";
import { parseSwitchedOn } from "../../core/image/optional-formats.ts";
import { formatTransform, parseOutputs } from "../../core/transform/grammar.ts";
import { json, refuse, withRate } from "./http/responses.ts";
import { LedgerDoor } from "./admission/ledger-door.ts";
import type { Refusal } from "./admission/refusals.ts";
import { describeJob } from "./upload/describe-job.ts";
import { drain } from "./http/drain.ts";
import { fingerprint, idempotencyKey } from "./http/idempotency.ts";
import { jobDocument } from "./documents/job-document.ts";
import { sendOutput } from "./output.ts";
import { waitMillis, wantsPicture } from "./http/prefer.ts";
import type { Call } from "./route.ts";
import { ledgerForJob, picturesOf } from "./regions.ts";
import { storeUpload, type StoredUpload } from "./upload/store-upload.ts";
import type { Picture, Upload } from "./upload/picture.ts";
import { readUpload } from "./upload/upload.ts";

/**
 * A picture comes in: refused lately? → room? → read → describe → reserve → store → accept → await → respond.
 *
 * What is wrong with the request is found before anything is stored; the ledger accepts a job only when its
 * source is durable, so that every job it accepts can be done. It is asked before that too, for a place, where
 * a refusal is likely or a long body is still to come: then nothing is read and stored in vain.
 */
export async function acceptPicture(call: Call, identity: Identity): Promise<Response> {
  const { request, env } = call;
  const key = idempotencyKey(request.headers);
  if (!key.ok) return refuse(key.error);
  const address = ledgerForJob(call, identity, key.value);
  const door = new LedgerDoor(call, ledgerName(address));
  const refused = door.refusedLately();
  if (refused) return refusal(refused);

  const job = jobId(address.region, address.shard, ulid());
  const takenIn = await call.uploads.within(identity.tenant, request, () =>
    takeIn(call, identity, { job, idempotencyKey: key.value, door }),
  );
  // From here on the picture's bytes are let go, however long the client waits.
  if (!takenIn.ok) {
    if (!("problem" in takenIn.error)) door.refused(takenIn.error);
    return refusal(takenIn.error);
  }
  const { keys, ...asked } = takenIn.value;
  const millis = waitMillis(request.headers.get("Prefer"));
  const answer = await door.accept(asked, millis);
  // Refused, or accepted earlier under another id: nothing will read what was stored.
  const accepted = answer.verdict.ok && answer.verdict.value.job.id === job;
  if (!accepted) call.ctx.waitUntil(picturesOf(env, job).delete([...keys]));
  if (!answer.verdict.ok) return refusal({ problem: answer.verdict.error, rate: answer.rate });

  const outputs = asked.spec.transforms.length;
  const response = await respond(call, identity, answer.verdict.value, { millis, outputs });
  return withRate(response, answer.rate);
}

/** What the ledger is asked to accept, and where its pictures are stored. */
type TakenIn = AcceptRequest & Pick<StoredUpload, "keys">;

interface Arrival {
  /** Id of the job that it will be. */
  readonly job: string;
  readonly idempotencyKey: string | null;
  readonly door: LedgerDoor;
}

/** From the body's first byte until its picture is stored; one that is whole in memory waits for its turn. */
async function takeIn(
  call: Call,
  identity: Identity,
  arrival: Arrival,
): Promise<Result<TakenIn, Refusal | Problem>> {
  const { request, url, timing, uploads } = call;
  const upload = await timing.measure("read", () => readUpload(request, url));
  if (!upload.ok) return upload;
  const keep = () => keepSource(call, identity, arrival, upload.value);
  return upload.value.picture.rest ? keep() : uploads.line.inTurn(identity.tenant, keep);
}

async function keepSource(
  { request, env, timing }: Call,
  identity: Identity,
  { job, idempotencyKey: key, door }: Arrival,
  upload: Upload,
): Promise<Result<TakenIn, Refusal | Problem>> {
  // Refused while this one waited.
  const late = door.refusedLately();
  if (late) return refuseRest(upload.picture, late);
  const { picture } = upload;
  const switchedOn = parseSwitchedOn(env.OPTIONAL_FORMATS);
  const spec = describeJob(upload, request.headers.get("Accept"), switchedOn);
  if (!spec.ok) return refuseRest(picture, spec.error);

  const { key: keyId, limits, limitsVersion } = identity;
  const asked = { id: job, key: keyId, limits, limitsVersion };
  const place = {
    ...asked,
    idempotencyKey: key,
    source: spec.value.source,
    ...jobCost(spec.value),
  };
  const noPlace = await door.reserve(place, picture.rest !== null);
  if (noPlace) return refuseRest(picture, noPlace);

  const stored = await timing.measure("store", () =>
    storeUpload(picturesOf(env, job), identity.tenant, job, upload, key !== null),
  );
  if (!stored.ok) {
    door.release(job);
    return stored;
  }
  const { bytes, keys } = stored.value;
  const idempotency = idempotencyOf(key, stored.value, outputsOf(upload));
  const sized = { ...spec.value, source: { ...spec.value.source, bytes } };
  return ok({ ...asked, idempotency, spec: sized, keys });
}

/** The client hears of it when it has sent everything. */
async function refuseRest<Refused>({ rest }: Picture, refused: Refused) {
  if (rest) await drain(rest);
  return err(refused);
}

function refusal(refused: Refusal | Problem): Response {
  return "problem" in refused ? withRate(refuse(refused.problem), refused.rate) : refuse(refused);
}

async function respond(
  call: Call,
  identity: Identity,
  { job, replayed }: { job: Job; replayed: boolean },
  { millis, outputs }: { millis: number; outputs: number },
): Promise<Response> {
  const { request, url, timing } = call;
  const location = `${url.origin}/v1/jobs/${job.id}`;
  const headers = new Headers({ Location: location, Vary: "Accept, Prefer" });
  if (replayed) headers.set("Idempotency-Replayed", "true");
  if (millis > 0) headers.set("Preference-Applied", `wait=${millis / 1000}`);

  const asPicture = millis > 0 && outputs === 1 && wantsPicture(request.headers.get("Accept"));
  const [output] = job.outputs;
  if (asPicture && job.error) return refuse(job.error, headers);
  if (asPicture && output) {
    headers.set("Content-Location", `${location}/outputs/0`);
    return timing.measure("fetch", () =>
      sendOutput(call, { tenant: identity.tenant, job: job.id, output, headers }),
    );
  }
  const status = job.settledAt === null ? 202 : 200;
  return json(jobDocument(job, url.origin), { status, headers });
}

/** What the ledger compares when the key comes again; null when the request has no key. */
function idempotencyOf(
  key: string | null,
  { digest, overlayDigest }: StoredUpload,
  outputs: string,
) {
  if (key === null || digest === null) return null;
  const asked = overlayDigest ? `${outputs};overlay=${overlayDigest}` : outputs;
  return { key, fingerprint: fingerprint(digest, asked) };
}

/** The outputs as the client asked for them, before anything was decided for it. */
function outputsOf({ options }: Upload): string {
  const outputs = parseOutputs(options);
  return outputs.ok ? outputs.value.map(formatTransform).join(";") : "";
}
