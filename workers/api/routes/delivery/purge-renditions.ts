import * as z from "zod/mini";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { parseSource } from "../../../../core/delivery/source-reference.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import { err, ok, type Result } from "../../../../core/result.ts";
import { findProfile } from "../../deliver/profiles.ts";
import {
  purgeAll,
  purgeSource,
  purgeTransform,
  type PurgeCursor,
  type WholePurgeCursor,
} from "../../deliver/purge.ts";
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
    "Removes what was made of one source, by one preset, or, without a parameter, everything that was made or fetched until now. Stored pictures stay. Gone from storage when this answers, from every location within two minutes. What is asked for again is made, and billed, again; a source on another host is fetched again.",
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
  const read = readAsked(call.url);
  if (!read.ok) return read;
  const { source, preset, cursor: text } = read.value;
  const purged = { call, profile };
  if (source !== undefined) {
    const reference = parseSource(source);
    if (!reference.ok) return invalid("source", `The source ${reference.error}.`);
    await purgeSource(purged, reference.value);
    return ok(null);
  }
  if (preset === undefined) {
    const cursor = wholeCursorOf(text);
    if (!cursor.ok) return cursor;
    const next = await purgeAll(purged, cursor.value);
    return ok(next && `${next.kind}_${next.beganAt}_${next.after}`);
  }
  const transform = presetOf(profile.settings.presets, preset);
  if (!transform) return invalid("preset", "There is no preset of this name.");
  const cursor = cursorOf(text);
  if (!cursor.ok) return cursor;
  const next = await purgeTransform(purged, transform, cursor.value);
  return ok(next && `${next.kind}_${next.after}`);
}

type Asked = Readonly<Partial<Record<"source" | "preset" | "cursor", string>>>;

/** What does not fit together is refused: read as less than was meant, it would purge more. */
function readAsked({ search }: URL): Result<Asked, Problem> {
  // As in a path, `+` is no space: it may stand in a delivered URL.
  const query = new URLSearchParams(search.replaceAll("+", "%2B"));
  const names = [...query.keys()];
  const unknown = names.find((name) => !["source", "preset", "cursor"].includes(name));
  if (unknown !== undefined) {
    return invalid(unknown, "Purge by source, by preset, or without a parameter everything.");
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return invalid(repeated, "Send each parameter once.");
  const asked: Asked = Object.fromEntries(query);
  if (asked.source !== undefined && asked.preset !== undefined) {
    return invalid("preset", "Purge by source or by preset, not by both.");
  }
  if (asked.source !== undefined && asked.cursor !== undefined) {
    return invalid("cursor", "A purge by source has no cursor.");
  }
  return ok(asked);
}

function cursorOf(text: string | undefined): Result<PurgeCursor | null, Problem> {
  if (text === undefined) return ok(null);
  const [, kind, after = ""] = /^(original|fetched)_([0-9a-f]{64})?$/.exec(text) ?? [];
  return kind === "original" || kind === "fetched" ? ok({ kind, after }) : strangeCursor();
}

function wholeCursorOf(text: string | undefined): Result<WholePurgeCursor | null, Problem> {
  if (text === undefined) return ok(null);
  const [, kind, beganAt, after = ""] =
    /^(rendition|record)_(\d{1,15})_([0-9a-f/]{1,130})$/.exec(text) ?? [];
  return kind === "rendition" || kind === "record"
    ? ok({ kind, beganAt: Number(beganAt), after })
    : strangeCursor();
}

const strangeCursor = () =>
  invalid("cursor", "Send the cursor of the answer before unchanged, with the same parameters.");

const invalid = (option: string, detail: string) =>
  err(problem("invalid-option", detail, { option }));
