import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import type { Service, Tenant } from "./service.ts";

/** The rows that were exported to the folder are those that the roll-up wrote. */
export async function expectStoredRows(
  service: Service,
  tenant: Tenant,
  folder: string,
): Promise<void> {
  const { BOOKS } = await service.objects.getEnv();
  const { objects } = await BOOKS.list({ prefix: `rows/${tenant.id}/` });
  expect(objects).not.toEqual([]);
  for (const { key } of objects) {
    const stored = await (await BOOKS.get(key))?.arrayBuffer();
    const exported = readFileSync(join(folder, key.replace(`${tenant.id}/`, "")));
    expect(gunzipSync(exported)).toEqual(gunzipSync(stored ?? new ArrayBuffer()));
  }
}
