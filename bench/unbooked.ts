import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { localAdminToken } from "../scripts/local/dev-vars.ts";
import { root } from "../scripts/local/local-service.ts";

/** Configurations of the service, and the Worker that takes the place of each one's own. */
const workers = {
  "wrangler.toml": "workers/api/index.ts",
  "workers/consumer/wrangler.toml": "bench/unbooked-consumer-worker.ts",
  "workers/billing/wrangler.toml": "workers/billing/index.ts",
  "durable-objects/wrangler.toml": "bench/unbooked-objects-worker.ts",
} as const;

/** Writes the configurations of a service without books, metrics and receipts; gives their paths from the repository. */
export function unbookedConfigs(folder: string): string[] {
  const token = localAdminToken(join(root, ".dev.vars"));
  return Object.entries(workers).map(([config, main], index) => {
    const own = resolve(folder, `config-${index}`);
    mkdirSync(own, { recursive: true });
    const text = readFileSync(join(root, config), "utf8");
    writeFileSync(join(own, "wrangler.toml"), text.replace(/^main = .*$/m, `main = "index.ts"`));
    const from = JSON.stringify(join(root, main));
    writeFileSync(
      join(own, "index.ts"),
      `export * from ${from};\nexport { default } from ${from};\n`,
    );
    // The secrets without the keys that receipts are signed with.
    writeFileSync(join(own, ".dev.vars"), `ADMIN_TOKEN=${token}\n`, { mode: 0o600 });
    return relative(root, join(own, "wrangler.toml"));
  });
}
