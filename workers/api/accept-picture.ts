import { ulid } from "ulid";
import type { Identity } from "../../core/identity/standing.ts";
import { jobId } from "../../core/job/job-id.ts";
import { jobCost } from "../../core/job/job.ts";
import { ledgerName } from "../../core/job/ledger-address.ts";
import type { Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { AcceptRequest } from "../../durable-objects/ledger/ledger-calls.ts";
import { parseSwitchedOn } from "../../core/image/optional-formats.ts";
import { refuse, withRate } from "./http/responses.ts";
import { LedgerDoor } from "./admission/ledger-door.ts";
import type { Refusal } from "./admission/refusals.ts";
import { answerJob, type Accepted } from "./answer-job.ts";
import { describeJob } from "./upload/describe-job.ts";
import { drain } from "./http/drain.ts";
import { idempotencyKey, idempotencyOf, outputsAsked } from "./http/idempotency.ts";
import { waitMillis } from "./http/prefer.ts";
import { callStorage } from "./call-storage.ts";
import type { Call } from "./route.ts";
import { ledgerForJob, picturesOf } from "./regions.ts";
import { renderUpload, type Arrival, type TakenIn } from "./render-upload.ts";
import { copyUpload, storeUpload } from "./upload/store-upload.ts";
import type { Picture, Upload } from "./upload/picture.ts";
import { readUpload } from "./upload/upload.ts";

/**
 * A picture comes in: refused lately? → room? → read → describe → its turn: render now, or (reserve → store) → accept
 * → await → answer.
 *
 * What is wrong with the request is found before anything is stored; the ledger accepts a job only when its source is
 * durable, so that every job it accepts can be done. It is asked before that too, for a place, where a refusal is
 * likely or a long body is still to come: then nothing is read and stored needlessly. A picture whose client waits is
 * rendered at once where that can be, and then it need not be stored.
 */
export async function acceptPicture(call: Call, identity: Identity): Promise<Response> {
  const { request } = call;
  const key = idempotencyKey(request.headers);
  if (!key.ok) return refuse(key.error);
  const address = await ledgerForJob(call, identity, key.value);
  const door = new LedgerDoor(call, ledgerName(address));
  const refused = await door.refusal();
  if (refused) return refusal(refused);

  const millis = waitMillis(request.headers.get("Prefer"));
  const job = jobId(address.region, address.shard, ulid());
  const { tenant } = identity;
  const arrival = { job, idempotencyKey: key.value, door, tenant, millis };
  const takenIn = await call.uploads.within(tenant, request, () => takeIn(call, identity, arrival));
  // From here on the picture's bytes can be freed, however long the client waits.
  if (!takenIn.ok) {
    if (!("problem" in takenIn.error)) door.refused(takenIn.error);
    return refusal(takenIn.error);
  }
  const accepted = await accept(call, arrival, takenIn.value);
  return accepted.ok ? answerJob(call, accepted.value, arrival) : refusal(accepted.error);
}

/** A job that is not accepted yet. */
type Asked = Omit<AcceptRequest, "idempotency">;

/**
 * From the body's first byte until its picture is stored or rendered, when its tenant's turn comes. A picture that
 * waits for its turn has been admitted.
 */
async function takeIn(
  call: Call,
  identity: Identity,
  arrival: Arrival,
): Promise<Result<TakenIn, Refusal | Problem>> {
  const { request, url, env, timing, express } = call;
  const read = await timing.measure("read", () => readUpload(request, url));
  if (!read.ok) return read;
  const upload = read.value;
  const { picture } = upload;
  const switchedOn = parseSwitchedOn(env.OPTIONAL_FORMATS);
  const spec = describeJob(upload, request.headers.get("Accept"), switchedOn);
  if (!spec.ok) return refuseRest(picture, spec.error);

  const { key, limits, limitsVersion } = identity;
  const shards = call.shards.newest(identity.tenant, identity.shards);
  const asked = { id: arrival.job, key, limits, limitsVersion, shards, spec: spec.value };
  if (picture.rest) return keepSource(call, arrival, upload, asked);
  if (arrival.millis > 0 && express.takes(identity.tenant, spec.value, Date.now())) {
    return renderUpload(call, arrival, upload, asked);
  }
  return keepSource(call, arrival, upload, asked);
}

async function keepSource(
  { env, timing, uploads }: Call,
  { idempotencyKey: key, door, tenant, millis }: Arrival,
  upload: Upload,
  asked: Asked,
): Promise<Result<TakenIn, Refusal | Problem>> {
  const { picture } = upload;
  const { spec, ...who } = asked;
  const place = { ...who, idempotencyKey: key, source: spec.source, ...jobCost(spec) };
  const { line } = uploads;
  const noPlace = await door.reserve(place, picture.rest !== null || line.isWaitedIn(tenant));
  if (noPlace) return refuseRest(picture, noPlace);

  const store = () =>
    storeUpload(picturesOf(env, asked.id), tenant, asked.id, upload, key !== null);
  const stored = await timing.measure("store", () =>
    // A long body comes at its client's pace.
    picture.rest ? store() : line.inTurn(tenant, () => line.storing(store)),
  );
  if (!stored.ok) {
    door.release(asked.id);
    return stored;
  }
  const { bytes, keys } = stored.value;
  const idempotency = idempotencyOf(key, stored.value, outputsAsked(upload.options));
  const sized = { ...spec, source: { ...spec.source, bytes } };
  const request = { ...asked, idempotency, spec: sized };
  return ok({ kind: "stored", request, keys, until: Date.now() + millis });
}

/** The client is told when it has sent everything. */
async function refuseRest<Refused>({ rest }: Picture, refused: Refused) {
  if (rest) await drain(rest);
  return err(refused);
}

/** The ledger's job for what was taken in, settled or as it is when the client's time is up. */
async function accept(
  { env, ctx }: Call,
  { door, tenant }: Arrival,
  taken: TakenIn,
): Promise<Result<Accepted, Refusal>> {
  const millisLeft = () => Math.max(0, taken.until - Date.now());
  if (taken.kind === "accepted") {
    const { job, rendition } = taken;
    const isOpen = job.settledAt === null && rendition === null;
    const settled = isOpen ? await door.wait(job.id, millisLeft()) : job;
    return ok({ ...taken, job: settled ?? job });
  }
  const { request, keys } = taken;
  const copyTo = (id: string) =>
    copyUpload(picturesOf(env, id), tenant, { keys, from: request.id, to: id });
  let answer = await door.accept(request, millisLeft(), copyTo);
  const { verdict } = answer;
  if (verdict.ok && verdict.value.job.held) {
    // The first request of this key has the picture, if it is still there: whatever became of it, this one stores it.
    const { id } = verdict.value.job;
    await copyTo(id);
    answer = await door.accept({ ...request, id }, millisLeft());
  }
  // Refused, or accepted earlier under another id: nothing will read what was stored.
  const isKept = answer.verdict.ok && answer.verdict.value.job.id === request.id;
  if (!isKept) ctx.waitUntil(callStorage(picturesOf(env, request.id).delete([...keys])));
  const rate = answer.rate ?? taken.rate ?? null;
  if (!answer.verdict.ok) return err({ problem: answer.verdict.error, rate });
  const { job } = answer.verdict.value;
  const replayed = taken.replayed === true || (verdict.ok && verdict.value.replayed);
  const outputs = request.spec.transforms.length;
  return ok({ job, replayed, rate, outputs, rendition: null });
}

function refusal(refused: Refusal | Problem): Response {
  return "problem" in refused ? withRate(refuse(refused.problem), refused.rate) : refuse(refused);
}
