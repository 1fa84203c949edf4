import * as z from "zod/mini";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { tagPattern } from "../../../../core/delivery/tags/image-tags.ts";
import { plainSource } from "../../../../core/delivery/image-path.ts";
import { remoteUrl } from "../../../../core/delivery/remote/remote-target.ts";
import { parseSource, type SourceReference } from "../../../../core/delivery/source-reference.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import { err, ok, type Result } from "../../../../core/result.ts";
import { findProfile } from "../../deliver/profiles.ts";
import {
  purgeAll,
  purgeSource,
  purgeTag,
  purgeTransform,
  type TagPurgeCursor,
  type WholePurgeCursor,
} from "../../deliver/purge.ts";
import { presetOf } from "../../deliver/read-asked.ts";
import { jsonContent, queryParameter, matching } from "../../documents/openapi-parts.ts";
import { json, refuse } from "../../http/responses.ts";
import type { Call, Route } from "../../route.ts";
import { presetNamePattern } from "../../../../core/delivery/preset-name.ts";

/** Where a purge of each kind goes on. */
const cursors = {
  preset: /^preset_([0-9a-f]{64}\/[0-9a-f]{64})$/,
  tag: /^tag_(\d{1,15})_([0-9a-f]{64})$/,
  whole: /^(rendition|record)_(\d{1,15})_([0-9a-f/]{1,130})$/,
};
const cursorPattern = new RegExp(
  Object.values(cursors)
    .map(({ source }) => source)
    .join("|"),
);

export const purgeRenditions: Route = {
  method: "DELETE",
  path: "/v1/renditions",
  caller: "tenant",
  scope: "jobs:write",
  operationId: "purgeRenditions",
  summary: "Purge delivered renditions",
  tag: "Delivery",
  description:
    "Removes the renditions of one source, of one preset or of all stored pictures with a tag; without a parameter, all renditions and everything fetched. Stored pictures stay. Renditions leave storage at once and every location within two minutes. A rendition that is requested again is made and billed again; a source on another host is fetched again.",
  parameters: [
    queryParameter("source", "The source as in a delivered URL: an id, an absolute URL or a path", {
      type: "string",
    }),
    queryParameter(
      "preset",
      "A preset's name. Renditions with its current options are purged",
      matching(presetNamePattern),
    ),
    queryParameter(
      "tag",
      "A tag of stored pictures (`PUT /v1/images/{id}/tags`)",
      matching(tagPattern),
    ),
    queryParameter(
      "cursor",
      "The `cursor` of the previous answer, to continue",
      matching(cursorPattern),
    ),
  ],
  responses: {
    "200": {
      description: "Purged. If `cursor` is not null, only in part: send the request again with it",
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
  const { source, preset, tag, cursor: text } = read.value;
  const purged = { call, profile };
  if (source !== undefined) {
    const reference = readSource(source, profile);
    if (!reference.ok) return invalid("source", `The source ${reference.error}.`);
    await purgeSource(purged, reference.value);
    return ok(null);
  }
  if (preset !== undefined) {
    const transform = presetOf(profile.settings.presets, preset);
    if (!transform) return invalid("preset", "There is no preset of this name.");
    const after = presetCursorOf(text);
    if (!after.ok) return after;
    const next = await purgeTransform(purged, transform, after.value);
    return ok(next && `preset_${next}`);
  }
  if (tag !== undefined) {
    if (!tagPattern.test(tag)) return invalid("tag", "This is not a valid tag.");
    const cursor = tagCursorOf(text);
    if (!cursor.ok) return cursor;
    const next = await purgeTag(purged, tag, cursor.value);
    return ok(next && `tag_${next.beganAt}_${next.after}`);
  }
  const cursor = wholeCursorOf(text);
  if (!cursor.ok) return cursor;
  const next = await purgeAll(purged, cursor.value);
  return ok(next && `${next.kind}_${next.beganAt}_${next.after}`);
}

/** A source that no URL can have is refused: if it were answered as purged, its owner would believe that it is gone. */
function readSource(
  written: string,
  { settings: { site } }: DeliveryProfile,
): Result<SourceReference, string> {
  const [, rest = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(written) ?? [];
  const source = plainSource(rest, query);
  if (source === null) return err("has escapes that cannot be decoded");
  const reference = parseSource(source);
  if (!reference.ok || reference.value.kind === "stored") return reference;
  const url = remoteUrl(reference.value, site);
  return url.ok ? reference : url;
}

type Asked = Readonly<Partial<Record<"source" | "preset" | "tag" | "cursor", string>>>;

/** Contradicting parameters are refused: if one of them were ignored, more would be purged than was meant. */
function readAsked({ search }: URL): Result<Asked, Problem> {
  // As in a path, `+` is no space: it may stand in a delivered URL.
  const query = new URLSearchParams(search.replaceAll("+", "%2B"));
  const names = [...query.keys()];
  const unknown = names.find((name) => !["source", "preset", "tag", "cursor"].includes(name));
  if (unknown !== undefined) {
    return invalid(unknown, "The parameters are source, preset, tag and cursor.");
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return invalid(repeated, "Send each parameter once.");
  const asked: Asked = Object.fromEntries(query);
  const [, second] = (["source", "preset", "tag"] as const).filter((name) => name in asked);
  if (second !== undefined) return invalid(second, "Give one of source, preset and tag.");
  if (asked.source !== undefined && asked.cursor !== undefined) {
    return invalid("cursor", "A purge by source has no cursor.");
  }
  return ok(asked);
}

/** Where a purge goes on; empty at its beginning. */
function presetCursorOf(text: string | undefined): Result<string, Problem> {
  if (text === undefined) return ok("");
  const [, after] = cursors.preset.exec(text) ?? [];
  return after === undefined ? strangeCursor() : ok(after);
}

function tagCursorOf(text: string | undefined): Result<TagPurgeCursor | null, Problem> {
  if (text === undefined) return ok(null);
  const [, beganAt, after = ""] = cursors.tag.exec(text) ?? [];
  return beganAt === undefined ? strangeCursor() : ok({ beganAt: Number(beganAt), after });
}

function wholeCursorOf(text: string | undefined): Result<WholePurgeCursor | null, Problem> {
  if (text === undefined) return ok(null);
  const [, kind, beganAt, after = ""] = cursors.whole.exec(text) ?? [];
  return kind === "rendition" || kind === "record"
    ? ok({ kind, beganAt: Number(beganAt), after })
    : strangeCursor();
}

const strangeCursor = () =>
  invalid("cursor", "Send the cursor of the previous answer unchanged, with the same parameters.");

const invalid = (option: string, detail: string) =>
  err(problem("invalid-option", detail, { option }));
