import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { root, startService, stopServices } from "../../../scripts/local/local-service.ts";
import { serviceProcesses } from "../process-group.ts";

let folder: string;
let config: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minilab-test-"));
  config = join(folder, "wrangler.toml");
  worker("", `export default { fetch: (request) => new Response(new URL(request.url).pathname) };`);
});
afterAll(stopServices);

test("two services run side by side, and each stops alone and leaves no process", async () => {
  const [one, two] = await Promise.all([
    startService({ stateDir: join(folder, "one"), configs: [config] }),
    startService({ stateDir: join(folder, "two"), configs: [config] }),
  ]);
  expect(await (await fetch(`${one.url}/hello`)).text()).toBe("/hello");
  // Made by the first start, wherever it is called from: without them the service is not healthy.
  expect(existsSync(join(root, ".dev.vars"))).toBe(true);
  expect(serviceProcesses(join(folder, "one")).length).toBeGreaterThan(1);

  await one.stop();
  await gone("one");
  expect((await fetch(`${two.url}/healthz`)).status).toBe(200);
  await two.kill9();
  await gone("two");
});

test("no process outlives a starter that is killed", async () => {
  const starter = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { startService } from ${JSON.stringify(resolve(import.meta.dirname, "../../../scripts/local/local-service.ts"))};
       await startService(${JSON.stringify({ stateDir: join(folder, "orphan"), configs: [config] })});
       console.log("ready");
       setInterval(() => undefined, 1000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(starter.stdout, "data");
  expect(serviceProcesses(join(folder, "orphan")).length).toBeGreaterThan(1);
  starter.kill("SIGKILL");
  await gone("orphan");
});

test("a taken port is refused, and the message names a free one", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(startService({ stateDir: join(folder, "port-2"), port })).rejects.toThrow(
    `Port ${port} is taken. Choose another: PORT=${port + 1} npm start`,
  );
  other.close();
});

test("a Worker that cannot be built fails at once, with the reason", async () => {
  const broken = worker("broken", `import "./not-there.js";`);
  await expect(
    startService({ stateDir: join(folder, "broken-state"), configs: [broken] }),
  ).rejects.toThrow(/could not be built[\s\S]*not-there\.js/);
  await gone("broken-state");
});

test("a service that refuses to serve fails the start with its message", async () => {
  const refusing = worker(
    "refusing",
    `export default { fetch: () => new Response("ADMIN_TOKEN is a placeholder", { status: 404 }) };`,
  );
  await expect(
    startService({ stateDir: join(folder, "refusing-state"), configs: [refusing] }),
  ).rejects.toThrow("ADMIN_TOKEN is a placeholder");
});

function worker(name: string, source: string): string {
  const toml = join(folder, name === "" ? "wrangler.toml" : `${name}.toml`);
  writeFileSync(join(folder, `worker-${name}.js`), source);
  writeFileSync(
    toml,
    `name = "minilab-test-${name || "plain"}"\nmain = "worker-${name}.js"\ncompatibility_date = "2026-10-23"\n`,
  );
  return toml;
}

async function gone(name: string): Promise<void> {
  await vi.waitFor(() => expect(serviceProcesses(join(folder, name))).toEqual([]), 10_000);
}
