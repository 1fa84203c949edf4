import type { Identity } from "../../../core/identity/standing.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";
import { drain } from "../http/drain.ts";
import type { Call } from "../route.ts";
import type { Picture } from "../upload/picture.ts";
import { readUpload } from "../upload/upload.ts";
import type { Place } from "./store-by-hash.ts";
import { storeOriginal, type StoredOriginal } from "./store-original.ts";

/** What a picture must meet besides its tenant's plan. */
export interface Terms {
  /** By its header. */
  readonly refuse: (picture: Picture) => Problem | null;
  readonly admit: NonNullable<Place["admit"]>;
}

/** Stores the picture in the body, or in the form that the body is. `url`: its query must be empty. */
export async function storeSent(
  call: Call,
  owner: Identity,
  url: URL,
  terms?: Terms,
): Promise<Result<StoredOriginal, Problem>> {
  const { request, timing } = call;
  const upload = await timing.measure("read", () => readUpload(request, url));
  if (!upload.ok) return upload;
  const { picture, options } = upload.value;
  const [[option] = []] = options;
  const refused =
    option === undefined
      ? terms?.refuse(picture)
      : problem("invalid-option", noOptions, { option });
  const stored = refused
    ? err(refused)
    : await timing.measure("store", () => storeOriginal(call, owner, picture, terms?.admit));
  if (!stored.ok && picture.rest) await drain(picture.rest);
  return stored;
}

const noOptions =
  "A picture is stored as it is. Put options into the URL at which it is delivered.";
