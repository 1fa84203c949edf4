import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startService, stopServices } from "../../../scripts/local/local-service.ts";
import { serviceProcesses } from "../process-group.ts";

let folder: string;
let configs: string[];

/** A door that stores, asks the other Worker, and sends; an object that counts; a Worker that takes from the queue. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minilab-test-"));
  writeFileSync(
    join(folder, "door.js"),
    `import { DurableObject } from "cloudflare:workers";
     export class Counter extends DurableObject {
       add(by) { this.ctx.storage.kv.put("sum", this.sum() + by); return this.sum(); }
       sum() { return this.ctx.storage.kv.get("sum") ?? 0; }
     }
     export default { async fetch(request, env) {
       const counter = env.COUNTER.getByName("one");
       const { pathname } = new URL(request.url);
       if (pathname === "/send") await env.QUEUE.send({ by: 2 });
       if (pathname === "/call") {
         await env.BUCKET.put("picture", "of the door");
         return Response.json(await env.RENDERS.render("picture"));
       }
       return Response.json({ sum: await counter.sum() });
     } };`,
  );
  writeFileSync(
    join(folder, "renders.js"),
    `import { WorkerEntrypoint } from "cloudflare:workers";
     export class Renders extends WorkerEntrypoint {
       async render(key) {
         const text = await (await this.env.BUCKET.get(key)).text();
         return { text, sum: await this.env.COUNTER.getByName("one").add(1) };
       }
     }
     export default { async queue(batch, env) {
       for (const { body } of batch.messages) await env.COUNTER.getByName("one").add(body.by);
     } };`,
  );
  const bucket = `[[r2_buckets]]\nbinding = "BUCKET"\nbucket_name = "test-pictures"\n`;
  configs = [
    worker(
      "door",
      `[[durable_objects.bindings]]\nname = "COUNTER"\nclass_name = "Counter"
[[services]]\nbinding = "RENDERS"\nservice = "minilab-test-renders"\nentrypoint = "Renders"
[[queues.producers]]\nbinding = "QUEUE"\nqueue = "test-jobs"
[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["Counter"]\n${bucket}`,
    ),
    worker(
      "renders",
      `[[durable_objects.bindings]]\nname = "COUNTER"\nclass_name = "Counter"\nscript_name = "minilab-test-door"
[[queues.consumers]]\nqueue = "test-jobs"\nmax_batch_timeout = 0\n${bucket}`,
    ),
  ];
});
afterAll(stopServices);

test("Workers of two processes call each other, share storage and a queue, and find each other again after a kill -9", async () => {
  const stateDir = join(folder, "state");
  const start = () => startService({ stateDir, configs, bare: { processes: "apart" } });
  const first = await start();
  const isWorkerd = (line: string) => line.includes("workerd") && line.includes("serve");
  expect(serviceProcesses(stateDir).filter(isWorkerd)).toHaveLength(3);
  expect(await asked(first.url, "/call")).toEqual({ text: "of the door", sum: 1 });
  await asked(first.url, "/send");
  await vi.waitFor(async () => expect(await asked(first.url, "/")).toEqual({ sum: 3 }), 10_000);
  await first.kill9();
  expect(serviceProcesses(stateDir)).toEqual([]);

  const second = await start();
  expect(await asked(second.url, "/call")).toEqual({ text: "of the door", sum: 4 });
  await asked(second.url, "/send");
  await vi.waitFor(async () => expect(await asked(second.url, "/")).toEqual({ sum: 6 }), 10_000);
  await second.stop();
  await vi.waitFor(() => expect(serviceProcesses(stateDir)).toEqual([]), 10_000);
  expect(readdirSync(join(stateDir, "v3"))).toContain("r2");
}, 120_000);

async function asked(url: string, path: string): Promise<unknown> {
  const response = await fetch(url + path);
  return response.json();
}

function worker(name: string, bindings: string): string {
  const toml = join(folder, `${name}.toml`);
  writeFileSync(
    toml,
    `name = "minilab-test-${name}"\nmain = "${name}.js"\ncompatibility_date = "2026-10-23"\n${bindings}`,
  );
  return toml;
}
