import { beforeEach, expect, test, vi } from "vitest";
import type { Invariant } from "../../../../core/billing/audit-report.ts";
import { jobId } from "../../../../core/job/job-id.ts";
import { outputKey } from "../../../../core/job/picture-key.ts";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { hourOf, monthOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY, HOUR } from "../../../../core/magnitudes.ts";
import { audit } from "../../../../workers/billing/audit/audit.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { ulidAt } from "./audited-world.ts";
import { LiveWorld } from "./live-world.ts";

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const run = (world: LiveWorld) =>
  audit(world, world.bucket, { tenant: world.tenant, cursor: null });

/** Two days of work in windows of a hundred jobs, each sealed and rolled up. */
async function worldAtWork(): Promise<{ world: LiveWorld; ids: string[] }> {
  const world = new LiveWorld();
  const ids: string[] = [];
  for (let window = 0; window < 5; window++) {
    for (let job = 0; job < limits.pageSizeMax; job++) ids.push(await world.finish());
    world.service.pass(window === 0 ? DAY + 3 * HOUR : 2 * HOUR);
    await rollUpNext(world, { preview: false });
  }
  return { world, ids };
}

/** Each thing that can go wrong, done to a running service behind its back: what is named for it. */
async function plantAll({ world, ids }: { world: LiveWorld; ids: readonly string[] }) {
  const { service, tenant } = world;
  const { books, pictures } = service;
  const month = monthOf(service.now);
  const edit = (key: string, from: RegExp, to: string) =>
    books.put(key, (books.text(key) ?? "").replace(from, to));
  const sql = (query: string, ...given: (string | number)[]) =>
    service.storage.sql.exec(query, ...given).toArray();
  const id = (index: number) => ids.at(index) ?? "";
  const planted: [string, Invariant, string][] = [];
  const plant = (title: string, invariant: Invariant, subject: string) =>
    planted.push([title, invariant, subject]);

  const orphan = jobId("local", 0, ulidAt(Date.UTC(2026, 10, 20, 12, 0, 40), 9));
  await pictures.put(`pictures/${tenant}/${orphan}/source`, new Uint8Array(9));
  plant("orphan", "pictures-have-a-job", orphan);

  await pictures.delete([outputKey(tenant, id(50), 1, 0)]);
  plant("lost object", "done-pictures-are-there", id(50));

  const stuck = service.accept();
  service.ledger.claim([{ job: stuck, redelivered: false }], false);
  plant("stuck job", "nothing-open-past-its-deadline", stuck);

  const statement = `statements/${tenant}/${month}.json`;
  await edit(statement, /"totalMicros":\d+/, `"totalMicros":1`);
  plant("wrong sum", "statements-are-priced-right", `statement ${month}`);
  await edit(statement, /("lastHash":"\w+","usage":{"jobsDone":)\d+/, "$13");
  plant("statement without its segments", "statements-are-the-records", `statement ${month}`);

  await books.delete([segmentKey(service.name, 2)]);
  plant("gap in the chain", "records-are-a-chain", "record 2");
  await edit(segmentKey(service.name, 4), /"computeUnits":5/, `"computeUnits":6`);
  plant("rewritten segment", "records-are-a-chain", "record 5");

  sql(
    `UPDATE usage SET totals = json_set(totals, '$.outputs', 1) WHERE hour = ?`,
    hourOf(Date.UTC(2026, 10, 20, 12)),
  );
  plant("wrong counter", "counters-are-the-records", "2026-11-20T12:00:00.000Z");

  service.pass(limits.jobDeadlineMillis + limits.auditSlackMillis - 2 * limits.auditMessageMillis);
  const [unread, unbilled, twice, above] = [
    service.accept(),
    await world.finish(),
    await world.finish(),
    await world.finish(),
  ];
  plant("lost message", "messages-are-taken-waiting-or-dead", unread);
  sql(`UPDATE events SET event = replace(event, ?, ?)`, unbilled, `${unbilled.slice(0, -1)}z`);
  plant("done and not billed", "ended-jobs-are-billed-once", unbilled);
  sql(
    `INSERT INTO events (seq, event) SELECT (SELECT MAX(seq) + 1 FROM events), json_set(event, '$.seq', (SELECT MAX(seq) + 1 FROM events))
       FROM events WHERE json_extract(event, '$.job') = ?`,
    twice,
  );
  plant("billed twice", "ended-jobs-are-billed-once", twice);
  sql(`UPDATE jobs SET spec = json_set(spec, '$.computeUnits', 4) WHERE id = ?`, above);
  plant("billed above what was reserved", "billed-is-within-reserved", above);
  sql(`DELETE FROM jobs WHERE id = ?`, service.accept());
  plant("job that is gone", "accepted-is-ended-or-open", "jobs");
  service.pass(2 * limits.auditMessageMillis);
  service.wake();
  return planted;
}

test("thirteen faults planted at once on a running service are all found, and named, in one run", async () => {
  const work = await worldAtWork();
  expect((await run(work.world)).breaches).toEqual([]);
  const planted = await plantAll(work);
  const { breaches } = await run(work.world);
  const found = breaches.map(({ invariant, subject }) => `${invariant} ${subject}`);
  const missed = planted.filter(
    ([, invariant, subject]) => !found.includes(`${invariant} ${subject}`),
  );
  expect(missed).toEqual([]);
  expect(planted).toHaveLength(13);
  // Each is written into the audit trail once, for as long as it stands.
  const { entered } = work.world;
  const names = entered.map(({ invariant, subject }) => `${invariant} ${subject}`);
  expect(names.toSorted()).toEqual([...new Set(found)].toSorted());
  await run(work.world);
  expect(entered).toHaveLength(names.length);
});

test("clean jobs, some of them open or deleted, raise no alarm", async () => {
  const world = new LiveWorld();
  const { service } = world;
  const jobs = 600;
  for (let job = 1; job <= jobs; job++) {
    const id = await world.finish();
    if (job % 50 === 0) await service.ledger.remove(id);
    if (job % 70 === 0) service.ledger.claim([{ job: service.accept(), redelivered: false }], true);
    if (job % 120 === 0) await world.seal();
  }
  await rollUpNext(world, { preview: true });
  const report = await run(world);
  expect(report.breaches).toEqual([]);
  expect(report.invariants["ended-jobs-are-billed-once"].checked).toBeGreaterThan(550);
});
