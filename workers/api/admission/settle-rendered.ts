import { RetryBudget } from "../../../core/retry-budget.ts";
import type { SettleAnswer } from "../../../durable-objects/ledger/ledger-calls.ts";
import { callLedger } from "../call-ledger.ts";
import { retryPause } from "../call-object.ts";
import { callStorage } from "../call-storage.ts";
import type {
  ExpressAsk,
  ExpressEnd,
  ExpressRendered,
  ExpressRendition,
  SentFiles,
} from "../../../core/job/express-calls.ts";
import { picturesOf } from "../regions.ts";
import type { Call } from "../route.ts";

type Caller = Pick<Call, "env" | "healths" | "ctx">;

/**
 * Has a job rendered for a client that waits, then stores its renditions and settles it here: on the thread that
 * renders each of these steps would wait for the render under way, and delay the next one. Once begun, it goes on
 * even if the client is gone. If this isolate ends, so does the lease of the claim, and the ledger sends the job.
 */
export function renderAndSettle(
  call: Caller,
  ask: ExpressAsk,
  sent: SentFiles,
): Promise<ExpressEnd> {
  const ending = call.env.EXPRESS.renderSent({ ...ask, handBack: true }, sent).then((answer) =>
    answer.verdict === "rendered" ? settle(call, ask.ledger, answer) : answer,
  );
  call.ctx.waitUntil(ending.catch(() => undefined));
  return ending;
}

/** This isolate's. */
const retries = new RetryBudget();

/** As a consumer does with what it settles itself. */
async function settle(
  call: Caller,
  ledger: string,
  { files, ended, useless }: ExpressRendered,
): Promise<ExpressEnd> {
  const pictures = picturesOf(call.env, ended.job);
  const since = Date.now();
  const put = async ({ key, bytes, contentType }: (typeof files)[number]) => {
    const store = () => pictures.put(key, bytes, { httpMetadata: { contentType } });
    const { httpEtag: etag } = await callStorage(
      store().catch(async (cause: unknown) => {
        if (!retries.take()) throw cause;
        await retryPause(1);
        return store();
      }),
    );
    retries.succeeded();
    return { key, bytes, etag };
  };
  let { outcome } = ended;
  let stored: ExpressRendition[] = [];
  try {
    stored = await Promise.all(files.map(put));
  } catch (cause) {
    outcome = { kind: "deferred", cause: `renditions not stored: ${String(cause)}` };
  }
  const request = { ...ended, outcome, spent: { ...ended.spent, store: Date.now() - since } };
  try {
    const [answer] = await callLedger(
      call,
      ledger,
      async (stub): Promise<readonly SettleAnswer[]> => stub.settle([request]),
    );
    // An older ledger does not tell the job.
    const { verdict, job } = typeof answer === "object" ? answer : { verdict: answer };
    const keys = verdict === "discard" || verdict === "lost" ? useless[verdict] : [];
    // What stays is removed by the ledger, later.
    if (keys.length > 0) await callStorage(pictures.delete(keys)).catch(() => undefined);
    const isSettled = verdict === "settled" || verdict === "already";
    const isDone = isSettled && (job?.status ?? "done") === "done";
    const renditions = isDone ? stored : [];
    return { verdict: "ended", isKnown: true, renditions, ...(job && { job }) };
  } catch {
    // The ledger may have settled it nevertheless.
    return { verdict: "ended", isKnown: false, renditions: [] };
  }
}
