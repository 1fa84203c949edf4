import type { SettleAnswer } from "../../../durable-objects/ledger/ledger-calls.ts";
import { callLedger } from "../call-ledger.ts";
import { callStorage } from "../call-storage.ts";
import type { ExpressAnswer, ExpressAsk, ExpressEnd, ExpressRendered } from "../env.ts";
import { picturesOf } from "../regions.ts";
import type { Call } from "../route.ts";

type Caller = Pick<Call, "env" | "healths" | "ctx">;

/**
 * Has a job rendered for somebody who waits, then stores its renditions and settles it here: on the thread that renders
 * each of these steps would wait for the render under way, and hold up the next one. Begun, it goes on although the client
 * is gone. Should this isolate end, the lease of the claim does, and the ledger sends the job.
 */
export function renderAndSettle(
  call: Caller,
  ask: ExpressAsk,
  render: (ask: ExpressAsk) => Promise<ExpressAnswer>,
): Promise<ExpressEnd> {
  const rendering = async () => {
    const answer = await render({ ...ask, handBack: true });
    return answer.verdict === "rendered" ? settle(call, ask.ledger, answer) : answer;
  };
  const ending = rendering();
  call.ctx.waitUntil(ending.catch(() => undefined));
  return ending;
}

/** As a consumer does with what it settles itself. */
async function settle(
  call: Caller,
  ledger: string,
  { files, ended, useless }: ExpressRendered,
): Promise<ExpressEnd> {
  const pictures = picturesOf(call.env, ended.job);
  const since = Date.now();
  const put = async ({ key, bytes, contentType }: (typeof files)[number]) => {
    const object = await callStorage(pictures.put(key, bytes, { httpMetadata: { contentType } }));
    return { key, bytes, etag: object.httpEtag };
  };
  const stored = await Promise.all(files.map(put)).catch((cause: unknown) => String(cause));
  const request = {
    ...ended,
    spent: { ...ended.spent, store: Date.now() - since },
    ...(typeof stored === "string" && {
      outcome: { kind: "deferred", cause: `renditions not stored: ${stored}` } as const,
    }),
  };
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
    const renditions = isDone && typeof stored === "object" ? stored : [];
    return { verdict: "ended", isKnown: true, renditions, ...(job && { job }) };
  } catch {
    // The ledger may have settled it all the same.
    return { verdict: "ended", isKnown: false, renditions: [] };
  }
}
