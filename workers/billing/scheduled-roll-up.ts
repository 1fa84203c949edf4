import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import { parseNewsKey } from "../../core/ledger/news.ts";
import { hourMillis, hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { BooksStore } from "./books-store.ts";
import { groupsOf } from "./in-turns.ts";
import type { RollUpPorts, Step } from "./ports.ts";
import { nextTenants, rollUpTenants } from "./roll-up.ts";

/** One part of a scheduled roll-up, as much as one invocation can do. Versioned, because it is stored on the way. */
export interface RollUpPart {
  readonly v: 1;
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  readonly tenants: readonly string[];
  /** Keys of news that may be forgotten once their tenant is complete up to `through`. */
  readonly news: readonly string[];
}

export type News = ReadonlyMap<string, readonly string[]>;

/**
 * What is to be done now: the tenants whose ledgers have news, the oldest news first, then the next tenants
 * of the Directory. This is the safety net: a walk over all tenants, which ends within a day for
 * a hundred thousand of them and finds whatever was lost.
 */
export async function planRollUp(ports: RollUpPorts, news: News): Promise<RollUpPart[]> {
  const now = ports.now();
  const waiting = new Map(news);
  for (let page = 0; page < limits.rollUpNetPages; page++) {
    const { ids, cursor } = await nextTenants(ports);
    for (const id of ids) if (!waiting.has(id)) waiting.set(id, []);
    if (cursor === null) break;
  }
  return groupsOf([...waiting], limits.rollUpTenantsMax).map((group) => ({
    v: 1,
    through: hourOf(now),
    tenants: group.map(([tenant]) => tenant),
    news: group.flatMap(([, keys]) => keys),
  }));
}

/** Does one part. What is left over, because there was more to read than it may, is a part for the next. */
export async function rollUpPart(
  ports: RollUpPorts,
  part: RollUpPart,
  step: Step,
): Promise<{ readonly summary: RollUpSummary; readonly rest: RollUpPart | null }> {
  const { summary, complete, unread, late } = await rollUpTenants(
    ports,
    { ...part, preview: false },
    step,
  );
  const done = new Set(complete);
  reportLate(part, late);
  const told = newsToForget(part, done);
  if (told.length > 0) await step("forget the news", () => ports.store.forgetNews(told));
  return { summary, rest: unread.length > 0 ? restOf(part, new Set(unread)) : null };
}

/**
 * All of the tenants that are complete. Of one that is late all but the newest, which brings it back as well: where a
 * chain is broken for days, its news would fill the list that all news is read from.
 */
function newsToForget({ news }: RollUpPart, complete: ReadonlySet<string>): string[] {
  const tenantOf = (key: string) => parseNewsKey(key)?.tenant ?? "";
  const newest = new Map(news.map((key) => [tenantOf(key), key]));
  return news.filter((key) => complete.has(tenantOf(key)) || newest.get(tenantOf(key)) !== key);
}

function reportLate({ through }: RollUpPart, late: readonly string[]): void {
  if (late.length === 0) return;
  const tenants = late.slice(0, limits.lateTenantsLogged);
  const hour = new Date(through).toISOString();
  console.warn({ event: "statements-late", through: hour, count: late.length, tenants });
}

function restOf(part: RollUpPart, unread: ReadonlySet<string>): RollUpPart {
  const news = part.news.filter((key) => unread.has(parseNewsKey(key)?.tenant ?? ""));
  return { ...part, tenants: [...unread], news };
}

/** The tenants that have news, the oldest first, each with the keys that may be forgotten once it is in the books. */
export async function readNews(store: BooksStore, now: number): Promise<News> {
  const waiting = new Map<string, string[]>();
  let cursor: string | null = null;
  for (let pages = 0; pages < limits.newsPagesMax; pages++) {
    const page = await store.newsPage(cursor);
    for (const key of page.keys) {
      const news = parseNewsKey(key);
      if (!news) continue;
      const old = waiting.get(news.tenant) ?? [];
      // Of an hour that is not over by every clock more may come under the same key.
      const over = news.hour + hourMillis + limits.newsGraceMillis <= now;
      const forgettable = over && old.length < limits.newsPerTenantMax;
      waiting.set(news.tenant, forgettable ? [...old, key] : old);
    }
    cursor = page.cursor;
    if (cursor === null) break;
  }
  return waiting;
}
