import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, jsonBody, startService, type Service } from "./service.ts";

interface Page {
  readonly jobs: readonly JobDocument[];
  readonly cursor: string | null;
}

let service: Service;
const picture = headerOnlyPng(8, 8);

beforeAll(async () => {
  service = await startService({ consumer: false });
});
afterAll(() => service.close());

test("pages show every job once, newest first, while jobs are added and deleted", async () => {
  const tenant = await createTenant(service);
  const send = async () => (await answer<JobDocument>(tenant.send("", picture), 202)).id;
  const ids: string[] = [];
  for (let count = 0; count < 12; count++) ids.unshift(await send());

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await answer(
      tenant.fetch(`/v1/jobs?limit=5${cursor ? `&cursor=${cursor}` : ""}`),
      200,
    );
    expect(page.jobs.length).toBeLessThanOrEqual(5);
    seen.push(...page.jobs.map(({ id }) => id));
    cursor = page.cursor;
    // A job that was shown is deleted, and one that is too new to be shown is added.
    await tenant.fetch(`/v1/jobs/${seen.at(-1)}`, { method: "DELETE" });
    await send();
  } while (cursor);
  expect(seen).toEqual(ids);
});

test("after a last page that is full comes an empty one", async () => {
  const tenant = await createTenant(service);
  for (let count = 0; count < 4; count++) await answer(tenant.send("", picture), 202);
  const list = (query: string) => answer<Page>(tenant.fetch(`/v1/jobs${query}`), 200);
  const half = await list("?limit=2");
  const rest = await list(`?limit=2&cursor=${half.cursor}`);
  expect(rest.jobs).toHaveLength(2);
  // A full page cannot know that it is the last.
  expect(rest.cursor).toBe(rest.jobs.at(-1)?.id);
  expect(await list(`?cursor=${rest.cursor}`)).toMatchObject({ jobs: [], cursor: null });
  expect((await list("")).jobs).toHaveLength(4);
});

test.each([
  "limit=0",
  `limit=${limits.pageSizeMax + 1}`,
  "limit=ten",
  "limit=",
  "cursor=",
  "cursor=%27--",
  "cursor=job_'",
])("%s is refused", async (query) => {
  const tenant = await createTenant(service);
  const { option } = await expectProblem(tenant.fetch(`/v1/jobs?${query}`), "invalid-option");
  expect(query.startsWith(`${option}=`)).toBe(true);
});

test("tenants are listed oldest first, each once", async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count++) {
    made.push(
      (
        await answer<{ id: string }>(
          service.admin("/admin/v1/tenants", jsonBody({ name: `Tenant ${count}` })),
          201,
        )
      ).id,
    );
  }
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { tenants: { id: string }[]; cursor: string | null } = await answer(
      service.admin(`/admin/v1/tenants?limit=2${cursor ? `&cursor=${cursor}` : ""}`),
      200,
    );
    seen.push(...page.tenants.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor);
  expect(seen.slice(-made.length)).toEqual(made);
  expect(new Set(seen).size).toBe(seen.length);
});
