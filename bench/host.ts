import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/local/local-service.ts";

/**
 * The machine and the runtime that a figure was measured on: without them it means nothing. `bare`: the Workers ran
 * without `wrangler dev`.
 */
export function hostDescription({ bare = false }: { readonly bare?: boolean } = {}): string {
  const processors = cpus();
  const version = (name: string) =>
    (
      JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as {
        version: string;
      }
    ).version;
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}`,
    `load ${loadavg()[0]?.toFixed(1)}`,
    `Node ${process.versions.node}`,
    bare ? `miniflare ${version("miniflare")}` : `wrangler ${version("wrangler")} dev`,
    `workerd ${version("workerd")}`,
  ].join(", ");
}
