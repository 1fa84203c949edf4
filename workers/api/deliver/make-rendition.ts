import { ulid } from "ulid";
import { hasExpired, renditionIdempotency } from "../../../core/delivery/rendition.ts";
import { jobId } from "../../../core/job/job-id.ts";
import type { Job, JobSpec } from "../../../core/job/job.ts";
import { ledgerName, parseLedgerName } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem, type ProblemCode } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { expressAsk, type Claim, type Rendering } from "../admission/express-lane.ts";
import { LedgerDoor } from "../admission/ledger-door.ts";
import { renderAndSettle } from "../admission/settle-rendered.ts";
import { homeOf, homePictures, ledgerForKey } from "../regions.ts";
import type { ExpressRendition } from "../../../core/job/express-calls.ts";
import { Lru } from "../identity/lru.ts";
import { away } from "../http/responses.ts";
import { SingleFlight } from "../http/single-flight.ts";
import { removeOrphan } from "../originals/find-original.ts";
import { askAhead, withSource, type SourceAhead } from "../originals/source-ahead.ts";
import { callStorage } from "../call-storage.ts";
import type { Call } from "../route.ts";
import type { Wanted } from "./find-stored.ts";

/** The rendition's bytes, where they came this way; null: they lie in R2. */
export type Made = ExpressRendition | null;

/**
 * Has the rendition made, and waits until it is there. Its name is the job's idempotency key: everyone who asks for
 * it at the same time, anywhere, gets the same job, which is billed once. Requests of this isolate share one call.
 */
export async function makeRendition(
  call: Call,
  wanted: Wanted,
): Promise<{ readonly made: Result<Made, Problem>; readonly collapsed: boolean }> {
  const millisMax = limits.waitSecondsMax * 1000 + limits.objectMillisMax;
  const { isLeader, result } = await flights.join(wanted.rendition.key, call.ctx, millisMax, () =>
    make(call, wanted),
  );
  return { made: result.ok ? result.value : err(notReady), collapsed: !isLeader };
}

const flights = new SingleFlight<Result<Made, Problem>>();

/** Never rejects: requests that joined could not tell whose fault it was. */
async function make(call: Call, wanted: Wanted): Promise<Result<Made, Problem>> {
  try {
    const step = await askTwice(call, wanted, true);
    if (!step.ok) return step;
    return step.value.kind === "made" ? ok(step.value.made) : err(notReady);
  } catch (cause) {
    console.error({ event: "rendition-not-made", cause: String(cause) });
    return err(away);
  } finally {
    // Whatever this request was answered: the rendition may have been stored all the same.
    call.ctx.waitUntil(removeIfOrphaned(call, wanted));
  }
}

/** Has it made through the queue, for later requests. Whether it was made is not reported. */
export function makeLater(call: Call, wanted: Wanted): void {
  const { key } = wanted.rendition;
  const now = Date.now();
  if (now < (ordered.get(key) ?? 0)) return;
  ordered.set(key, now + limits.orderAgainMillis);
  const order = askTwice(call, wanted, false).catch((cause: unknown) =>
    console.warn({ event: "rendition-not-ordered", cause: String(cause) }),
  );
  call.ctx.waitUntil(order);
}

/** When a rendition may be ordered again. */
const ordered = new Lru<string, number>(limits.ordersKnownMax);

/** Once more where it was made before and what it made is gone, or where it ended for a reason that has passed. */
async function askTwice(
  call: Call,
  wanted: Wanted,
  isAwaited: boolean,
): Promise<Result<Step, Problem>> {
  const step = await askLedger(call, wanted, isAwaited, undefined);
  if (!step.ok || step.value.kind !== "replace") return step;
  return askLedger(call, wanted, isAwaited, step.value.job);
}

/** Not awaited: without its original the rendition is not delivered in any case. */
async function removeIfOrphaned({ env }: Call, { profile, rendition, spec: { kept } }: Wanted) {
  try {
    if (kept) await removeOrphan(homePictures(env, profile), kept);
  } catch (cause) {
    console.error({ event: "orphan-not-removed", key: rendition.key, cause: String(cause) });
  }
}

type Step =
  | { readonly kind: "made"; readonly made: Made }
  /** The job that is known for this rendition has none to show. */
  | { readonly kind: "replace"; readonly job: string };

async function askLedger(
  call: Call,
  { profile, rendition, spec }: Wanted,
  isAwaited: boolean,
  replaces: string | undefined,
): Promise<Result<Step, Problem>> {
  const { env } = call;
  const { key, fingerprint } = renditionIdempotency(rendition);
  const shards = call.shards.newest(profile.tenant, profile.shards);
  const address = await ledgerForKey(call, profile, homeOf(env, profile), key);
  const door = new LedgerDoor(call, ledgerName(address));
  const refused = await door.refusal();
  if (refused) return err(refused.problem);
  const isExpress = isAwaited && call.express.takes(profile.tenant, spec, Date.now());
  const waitMillis = limits.waitSecondsMax * 1000;
  const accepting = door.accept(
    {
      id: jobId(address.region, address.shard, ulid()),
      key: nobodysKey,
      limits: profile.limits,
      limitsVersion: profile.version,
      shards,
      idempotency: { key, fingerprint, ...(replaces !== undefined && { replaces }) },
      spec,
      ...(isExpress && { holdMillis: limits.expressHoldMillis, claim: true }),
    },
    isExpress || !isAwaited ? 0 : waitMillis,
  );
  const mayBe = isExpress && !call.refusals.areLikely(door.ledger, Date.now());
  const ahead = mayBe ? askAhead(homePictures(env, profile), spec, accepting) : null;
  const { verdict, claim, apart } = await accepting;
  if (!verdict.ok) return verdict;
  const { job, replayed } = verdict.value;
  if (job.settledAt !== null) return stepOf(call, job, { profile, rendition }, replayed);
  // Set apart, it is on its way to be rendered alone.
  if (isExpress && !replayed && !apart) {
    const rendering = await render(call, { door, job: job.id, spec, claim, ahead });
    const made = rendering.kind === "rendered" ? rendering.renditions[0] : undefined;
    if (made) return ok({ kind: "made", made });
    if (rendering.kind === "untaken") await door.dispatch(job.id, rendering);
  }
  const later = isExpress ? await door.wait(job.id, waitMillis) : job;
  if (!later || later.settledAt === null) return err(notReady);
  return stepOf(call, later, { profile, rendition }, false);
}

interface Accepted {
  readonly door: LedgerDoor;
  readonly job: string;
  readonly spec: JobSpec;
  readonly claim: Claim | undefined;
  readonly ahead: SourceAhead;
}

/**
 * Over the lane, with its source where that is here. Else there is no room for renditions either: the consumer stores
 * them.
 */
async function render(
  call: Call,
  { door: { ledger }, job, spec, claim, ahead }: Accepted,
): Promise<Rendering> {
  const { tenant } = parseLedgerName(ledger);
  const about = { ledger, job, sourceBytes: spec.source.bytes };
  return withSource(call, tenant, ahead, (sent) =>
    call.express.render(call.timing, { tenant, job }, () => {
      const asked = expressAsk(about, claim);
      return sent ? renderAndSettle(call, asked, sent) : call.env.EXPRESS.render(asked);
    }),
  );
}

async function stepOf(
  { env }: Call,
  { id, error, settledAt }: Job,
  { profile, rendition: { key } }: Pick<Wanted, "profile" | "rendition">,
  isOld: boolean,
): Promise<Result<Step, Problem>> {
  if (error) {
    return isOld && hasPassed(error.code, settledAt ?? 0)
      ? ok({ kind: "replace", job: id })
      : err(error);
  }
  const made: Step = { kind: "made", made: null };
  if (!isOld) return ok(made);
  const stored = await callStorage(homePictures(env, profile).head(key));
  const isThere = stored && !hasExpired(stored.uploaded.getTime(), profile.limits, Date.now());
  return ok(isThere ? made : { kind: "replace", job: id });
}

/** A visitor has no key that could be revoked. */
const nobodysKey = "delivery";

/** Whether the next attempt may succeed although this one failed. */
const hasPassed = (code: ProblemCode, settledAt: number): boolean =>
  passing.has(code) ||
  // A picture that ends its consumers would do so at every view; a bad minute of the service is over by then.
  (code === "attempts-exhausted" && Date.now() - settledAt >= limits.failedRenditionMillis);

/** Failures that are not the picture's: it is tried again when it is requested again. */
const passing: ReadonlySet<ProblemCode> = new Set(["cancelled", "deadline-exceeded", "internal"]);

const notReady = problem("unavailable", "The rendition is still being made. Ask again.", {
  retryAfterMillis: limits.notReadyRetryMillis,
});
