import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expose } from "../../core/metrics/exposition.ts";
import { Measured } from "../../core/metrics/measured.ts";
import { serviceFamilies } from "../../core/metrics/service-families.ts";

const measured = new Measured();
for (const millis of [100, 200, 9000]) measured.took("total", millis);
const eu = {
  counts: { done: 3, failed: 1, "failed:internal": 1, "refused:rate-limited": 2 },
  ...{ open: 1, oldestAt: 0, stages: measured.toJSON().stages },
};
const text = expose(
  serviceFamilies({
    regions: new Map([
      ["eu", eu],
      ["us", null],
    ]),
    ...{ at: 5000, auditedAt: null, auditHarvest: null, breaches: [], unloggedSince: null },
  }),
);

const server = createServer((request, response) => {
  const isRight =
    request.url === "/admin/v1/metrics" && request.headers.authorization === "Bearer ml_oper_x";
  response.writeHead(isRight ? 200 : 404).end(isRight ? text : "no");
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

async function run(...options: string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const env = {
    ...process.env,
    NO_COLOR: "1",
    MINILAB_URL: `http://127.0.0.1:${port}`,
    MINILAB_TOKEN: "ml_oper_x",
  };
  const command = ["scripts/metrics.ts", ...options];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

test("npm run metrics shows each region, and says which does not answer", async () => {
  const shown = await run();
  expect(shown).toContain(
    "Region eu: 3 jobs done, 1 failed, 2 refused; yield 75.000 %\n1 open, the oldest for 5.0 s",
  );
  expect(shown).toMatch(/stage +jobs +p50 +p90 +p99 +p99\.9/);
  expect(shown).toMatch(/total +3 +(19[89]|20[012]) ms +(8\.9|9\.0|9\.1) s/);
  expect(shown).toMatch(/render +0 +– +– +– +–/);
  expect(shown).toContain("Region us does not answer.");
});

test("with --json it prints every sample", async () => {
  const samples = JSON.parse(await run("--json")) as object[];
  expect(samples).toContainEqual({
    ...{ name: "jobs_total", labels: { region: "eu", outcome: "done" }, value: 3 },
  });
});
