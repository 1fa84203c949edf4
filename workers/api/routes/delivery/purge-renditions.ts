import * as z from "zod/mini";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { parseSource } from "../../../../core/delivery/source-reference.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import { err, ok, type Result } from "../../../../core/result.ts";
import { findProfile } from "../../deliver/profiles.ts";
import { purgeAll, purgeSource, purgeTransform, type PurgeCursor } from "../../deliver/purge.ts";
import { presetOf } from "../../deliver/read-asked.ts";
import { jsonContent, queryParameter } from "../../documents/openapi-parts.ts";
import { json, refuse } from "../../http/responses.ts";
import type { Call, Route } from "../../route.ts";

export const purgeRenditions: Route = {
  method: "DELETE",
  path: "/v1/renditions",
  caller: "tenant",
  scope: "jobs:write",
  operationId: "purgeRenditions",
  summary: "Purge delivered renditions",
  tag: "Delivery",
  description:
    "Removes what was made of one source, by one preset, or, without a parameter, everything that was made or fetched. Stored pictures stay. Gone from storage when this answers, from every location within two minutes. What is asked for again is made, and billed, again; a source on another host is fetched again.",
  parameters: [
    queryParameter("source", "As it stands in a delivered URL: an id, an absolute URL or a path", {
      type: "string",
    }),
    queryParameter("preset", "A preset's name. What it means now is purged", { type: "string" }),
    queryParameter("cursor", "The `cursor` of the answer before, to go on", { type: "string" }),
  ],
  responses: {
    "200": {
      description: "Purged; if `cursor` is not null, in part: ask again with it",
      content: jsonContent(z.object({ cursor: z.nullable(z.string()) })),
    },
  },
  problems: ["invalid-option", "not-found", "tenant-suspended", "unavailable"],
  async handle(call, { tenant }) {
    const profile = await findProfile(call, tenant);
    if (!profile.ok) return refuse(profile.error);
    const purged = await purge(call, profile.value);
    return purged.ok ? json({ cursor: purged.value }) : refuse(purged.error);
  },
};

/** Where to go on; null: all is purged. */
async function purge(
  call: Call,
  profile: DeliveryProfile,
): Promise<Result<string | null, Problem>> {
  const asked = new Map(call.url.searchParams);
  const unknown = [...asked.keys()].find((name) => !["source", "preset", "cursor"].includes(name));
  if (unknown !== undefined) {
    return invalid(unknown, "Purge by source, by preset, or without a parameter everything.");
  }
  const purged = { call, profile };
  const [source, preset] = [asked.get("source"), asked.get("preset")];
  if (source !== undefined && preset !== undefined) {
    return invalid("preset", "Purge by source or by preset, not by both.");
  }
  if (source !== undefined) {
    const reference = parseSource(source);
    if (!reference.ok) return invalid("source", `The source ${reference.error}.`);
    await purgeSource(purged, reference.value);
    return ok(null);
  }
  if (preset === undefined) return ok((await purgeAll(purged)) ? null : "rest");
  const transform = presetOf(profile.settings.presets, preset);
  if (!transform) return invalid("preset", "There is no preset of this name.");
  const cursor = cursorOf(asked.get("cursor"));
  if (!cursor.ok) return cursor;
  const next = await purgeTransform(purged, transform, cursor.value);
  return ok(next && `${next.kind}_${next.after}`);
}

function cursorOf(text: string | undefined): Result<PurgeCursor | null, Problem> {
  if (text === undefined) return ok(null);
  const [, kind, after = ""] = /^(original|fetched)_([0-9a-f]{64})?$/.exec(text) ?? [];
  if (kind !== "original" && kind !== "fetched") {
    return invalid("cursor", "Send the cursor of the answer before unchanged.");
  }
  return ok({ kind, after });
}

const invalid = (option: string, detail: string) =>
  err(problem("invalid-option", detail, { option }));
