import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { crashRun } from "../../scripts/local/crash-run.ts";
import { localAdminToken } from "../../scripts/local/dev-vars.ts";
import { root, stopServices } from "../../scripts/local/local-service.ts";

/** The run's state is made in here. */
const folder = mkdtempSync(join(tmpdir(), "minilab-kill-"));
vi.stubEnv("TMPDIR", folder);
afterAll(async () => {
  await stopServices();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A small run of what `npm run kill-test` does with hundreds of jobs. */
test("kill -9 of every process amid accepted work loses no job and bills none twice", async () => {
  const jobs = 24;
  localAdminToken(join(root, ".dev.vars"));
  const report = await crashRun({ jobs, killAfter: 14 });
  expect(report).toMatchObject({
    accepted: jobs,
    done: jobs,
    failed: 0,
    missing: 0,
    duplicates: 0,
    billed: jobs,
    doubleBilled: 0,
    undelivered: 0,
  });
  expect(report.open, "the kill came after the work").toBeGreaterThan(0);
  const onceEach = "work was done twice; saving a source file during the test restarts the Workers";
  expect(report.renders, onceEach).toBeLessThanOrEqual(Math.ceil(1.1 * report.open));
}, 300_000);
