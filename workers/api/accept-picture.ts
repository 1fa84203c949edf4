import { ulid } from "ulid";
import type { Identity } from "../../core/identity/standing.ts";
import { jobId } from "../../core/job/job-id.ts";
import { jobCost, type Job } from "../../core/job/job.ts";
import { ledgerForNewJob, ledgerName } from "../../core/job/ledger-address.ts";
import { sourceKey } from "../../core/job/picture-key.ts";
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
import { nearestRegion, picturesOf } from "./regions.ts";
import { storeSource, type StoredSource } from "./upload/store-source.ts";
import type { Upload } from "./upload/picture.ts";
import { readUpload } from "./upload/upload.ts";

/**
 * A picture comes in: refused lately? → read → describe → reserve → store → accept → await → respond.
 *
 * What is wrong with the request is found before anything is stored; the ledger accepts a job only when its
 * source is durable, so that every job it accepts can be done. It is asked before that too, for a place, where
 * a refusal is likely or a long body is still to come: then nothing is read and stored in vain.
 */
export async function acceptPicture(call: Call, identity: Identity): Promise<Response> {
  const { request, env, timing } = call;
  const { headers } = request;

  const key = idempotencyKey(headers);
  if (!key.ok) return refuse(key.error);
  const address = ledgerForNewJob(identity.tenant, nearestRegion(env, request), key.value);
  const door = new LedgerDoor(call, ledgerName(address));
  const refused = door.refusedLately();
  if (refused) return refusal(refused);

  const upload = await timing.measure("read", () => readUpload(request, call.url));
  if (!upload.ok) return refuse(upload.error);
  const { picture } = upload.value;
  const switchedOn = parseSwitchedOn(env.OPTIONAL_FORMATS);
  const spec = describeJob(upload.value, headers.get("Accept"), switchedOn);
  if (!spec.ok) {
    if (picture.rest) await drain(picture.rest);
    return refuse(spec.error);
  }

  const id = jobId(address.region, address.shard, ulid());
  const { key: keyId, limits, limitsVersion } = identity;
  const asked = { id, key: keyId, limits, limitsVersion };
  const place = {
    ...asked,
    idempotencyKey: key.value,
    source: spec.value.source,
    ...jobCost(spec.value),
  };
  const noPlace = await door.reserve(place, picture.rest !== null);
  if (noPlace) {
    if (picture.rest) await drain(picture.rest);
    return refusal(noPlace);
  }

  const source = sourceKey(identity.tenant, id);
  const pictures = picturesOf(env, id);
  const stored = await timing.measure("store", () =>
    storeSource(pictures, source, picture, key.value !== null),
  );
  if (!stored.ok) {
    door.release(id);
    return refuse(stored.error);
  }

  const idempotency = idempotencyOf(key.value, stored.value, outputsOf(upload.value));
  const { bytes } = stored.value;
  const job = { ...spec.value, source: { ...spec.value.source, bytes } };
  const millis = waitMillis(headers.get("Prefer"));
  const answer = await door.accept({ ...asked, idempotency, spec: job }, millis);
  // Refused, or accepted earlier under another id: nothing will read this source.
  const accepted = answer.verdict.ok && answer.verdict.value.job.id === id;
  if (!accepted) call.ctx.waitUntil(pictures.delete(source));
  if (!answer.verdict.ok) return refusal({ problem: answer.verdict.error, rate: answer.rate });

  const outputs = spec.value.transforms.length;
  const response = await respond(call, identity, answer.verdict.value, { millis, outputs });
  return withRate(response, answer.rate);
}

function refusal({ problem, rate }: Refusal): Response {
  return withRate(refuse(problem), rate);
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
function idempotencyOf(key: string | null, { digest }: StoredSource, outputs: string) {
  if (key === null || digest === null) return null;
  return { key, fingerprint: fingerprint(digest, outputs) };
}

/** The outputs as the client asked for them, before anything was decided for it. */
function outputsOf({ options }: Upload): string {
  const outputs = parseOutputs(options);
  return outputs.ok ? outputs.value.map(formatTransform).join(";") : "";
}
