import { ulid } from "ulid";
import type { Identity } from "../../core/identity/standing.ts";
import { jobId } from "../../core/job/job-id.ts";
import type { Job, JobSpec } from "../../core/job/job.ts";
import { ledgerForNewJob, ledgerName } from "../../core/job/ledger-address.ts";
import { sourceKey } from "../../core/job/picture-key.ts";
import { formatTransform } from "../../core/transform/grammar.ts";
import type { AcceptAnswer } from "../../durable-objects/ledger/ledger-calls.ts";
import { json, refuse, withRate } from "./http/responses.ts";
import { callObject } from "./call-object.ts";
import { describeJob } from "./upload/describe-job.ts";
import { drain } from "./http/drain.ts";
import { fingerprint, idempotencyKey } from "./http/idempotency.ts";
import { jobDocument } from "./documents/job-document.ts";
import { sendOutput } from "./output.ts";
import { waitMillis, wantsPicture } from "./http/prefer.ts";
import type { Call } from "./route.ts";
import { storeSource, type StoredSource } from "./upload/store-source.ts";
import { readUpload } from "./upload/upload.ts";

/**
 * A picture comes in: read → describe → store → accept → await → respond.
 *
 * What is wrong with the request is found before anything is stored; the ledger is asked only when the
 * source is durable, so that every job it accepts can be done.
 */
export async function acceptPicture(call: Call, identity: Identity): Promise<Response> {
  const { request, env, timing } = call;
  const { headers } = request;

  const key = idempotencyKey(headers);
  if (!key.ok) return refuse(key.error);
  const upload = await timing.measure("read", () => readUpload(request, call.url));
  if (!upload.ok) return refuse(upload.error);
  const { picture } = upload.value;
  const spec = describeJob(upload.value, headers.get("Accept"));
  if (!spec.ok) {
    if (picture.rest) await drain(picture.rest);
    return refuse(spec.error);
  }

  const ledger = ledgerForNewJob(identity.tenant, env.REGION, key.value);
  const id = jobId(ledger.region, ledger.shard, ulid());
  const source = sourceKey(identity.tenant, id);
  const stored = await timing.measure("store", () =>
    storeSource(env.PICTURES, source, picture, key.value !== null),
  );
  if (!stored.ok) return refuse(stored.error);

  const asked = {
    id,
    key: identity.key,
    limits: identity.limits,
    limitsVersion: identity.limitsVersion,
    idempotency: idempotencyOf(key.value, stored.value, spec.value),
    spec: { ...spec.value, source: { ...spec.value.source, bytes: stored.value.bytes } },
  };
  const millis = waitMillis(headers.get("Prefer"));
  const answer = await timing.measure("accept", () =>
    callObject(async (): Promise<AcceptAnswer> => {
      const object = env.LEDGER.getByName(ledgerName(ledger));
      return millis > 0 ? object.acceptWait(asked, millis) : object.accept(asked);
    }, millis),
  );
  const job = answer.verdict.ok ? answer.verdict.value.job : null;
  // Refused, or known under another id from an earlier request: nobody will ask for this source.
  if (job?.id !== id) call.ctx.waitUntil(env.PICTURES.delete(source));

  const outputs = spec.value.transforms.length;
  const response = answer.verdict.ok
    ? await respond(call, identity, answer.verdict.value, { millis, outputs })
    : refuse(answer.verdict.error);
  return withRate(response, answer.rate);
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
function idempotencyOf(key: string | null, { digest }: StoredSource, spec: JobSpec) {
  if (key === null || digest === null) return null;
  return { key, fingerprint: fingerprint(digest, spec.transforms.map(formatTransform).join(";")) };
}
