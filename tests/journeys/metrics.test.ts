import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { lintExposition } from "../core/metrics/lint-exposition.ts";
import { noisyJpeg } from "./pictures.ts";
import { answer, createTenant, startService, type Service } from "./service.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test("a job's times and its end are seen by its tenant at once, and by the operator seconds later", async () => {
  const tenant = await createTenant(service);
  await tenant.render("?width=32", await noisyJpeg(64, 48));
  const count = { count: 1 };
  expect(await answer(tenant.fetch("/v1/metrics"), 200)).toMatchObject({
    ledgers: { included: 1, known: 1, missing: [] },
    jobs: { done: 1, failed: 0, open: 0 },
    yield: 1,
    stages: {
      accept: count,
      wait: count,
      render: count,
      store: count,
      settle: count,
      total: count,
    },
  });

  await vi.waitFor(
    async () => {
      const response = await service.admin("/admin/v1/metrics");
      const { families, faults } = lintExposition(await response.text());
      expect(faults).toEqual([]);
      const samples = [...families.values()].flatMap((family) => family.samples);
      const shown = (name: string, labels: object) =>
        samples.find((sample) => sample.name === name && hasAll(sample.labels, labels))?.value;
      expect(shown("minilab_jobs_total", { region: "local", outcome: "done" })).toBe(1);
      expect(shown("minilab_stage_seconds_count", { stage: "total" })).toBe(1);
    },
    { timeout: 30_000, interval: 500 },
  );
});

const hasAll = (labels: Readonly<Record<string, string>>, wanted: object) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
