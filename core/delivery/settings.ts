import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { storedDialectsSchema, withoutSecrets } from "./dialect-settings.ts";
import { entry } from "./dialects/entry.ts";
import { presetNamePattern } from "./preset-name.ts";

/** What there is to decide on a tenant's delivery. The Directory stores it as it is; the API has checked it. */
export const settingFields = {
  mode: z.enum(["public", "signed", "presets"]).check(
    z.meta({
      description:
        "`public`: any options. `presets`: named presets only. `signed`: signed URLs only. A signed URL is answered in every mode.",
    }),
  ),
  presets: z
    .record(z.string().check(z.regex(presetNamePattern)), z.string())
    .check(z.meta({ description: "Option lists by name, for `/image/preset=<name>/…`." })),
  cacheSeconds: z
    .int()
    .check(
      z.minimum(0),
      z.maximum(limits.deliverySecondsMax),
      z.meta({ description: "`max-age` of delivered pictures. 0: not cached." }),
    ),
  avif: z.enum(["later", "wait"]).check(
    z.meta({
      description:
        "What the first visitor gets where `format=auto` chooses AVIF. `later`: WebP at once, while the AVIF is made for later visitors. `wait`: the AVIF, when it is made.",
    }),
  ),
  sources: z.array(z.string()).check(
    z.maxLength(limits.deliverySourcesMax),
    z.meta({
      description: "Sources that pictures may be fetched from. Empty: none.",
    }),
  ),
  origins: z.nullable(z.array(z.string()).check(z.maxLength(limits.deliveryOriginsMax))).check(
    z.meta({
      description:
        "Origins whose pages may read your pictures from scripts and send to your upload addresses: `https://www.example.com`. null: every origin.",
    }),
  ),
  site: z.nullable(z.string()).check(
    z.meta({
      description:
        "Your own site, to which sources without a host belong: `https://www.example.com`. It may be fetched from.",
    }),
  ),
};

/** How one tenant's pictures are delivered. */
export type DeliverySettings = Readonly<z.infer<typeof storedSettingsSchema>>;

/** As stored and published. A field that older versions did not write has its default. */
export const storedSettingsSchema = z.object({
  mode: z._default(settingFields.mode, "public"),
  presets: z._default(settingFields.presets, {}),
  cacheSeconds: z._default(settingFields.cacheSeconds, limits.deliverySecondsDefault),
  avif: z._default(settingFields.avif, "later"),
  sources: z._default(settingFields.sources, []),
  site: z._default(settingFields.site, null),
  origins: z._default(settingFields.origins, null),
  dialects: z._default(storedDialectsSchema, {}),
});

export const defaultSettings: DeliverySettings = storedSettingsSchema.parse({});

/** What a tenant changes: the fields that are given. Presets are changed one by one; null removes one. */
export type DeliveryChange = Partial<Omit<DeliverySettings, "presets">> & {
  readonly presets?: Readonly<Record<string, string | null>>;
};

/** Null: more presets than a tenant may have. */
export function changedSettings(
  before: DeliverySettings,
  { presets: changes, ...rest }: DeliveryChange,
): DeliverySettings | null {
  const wanted = Object.entries({ ...before.presets, ...changes });
  const presets = Object.fromEntries(
    wanted.filter((entry): entry is [string, string] => entry[1] !== null),
  );
  if (Object.keys(presets).length > limits.presetsMax) return null;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(given), presets };
}

/** For people. */
export const shownSettings = (settings: DeliverySettings) => ({
  ...settings,
  dialects: withoutSecrets(settings.dialects),
});

/**
 * For the audit trail: what `settings` says where the other says something else, of presets those alone that differ. Null: it
 * says nothing. An entry is as long as its change, however much a tenant has set.
 */
export function changedPart(settings: DeliverySettings, other: DeliverySettings): Fields {
  const presets = differing(settings.presets, other.presets, settings.presets);
  return differing(settings, other, { ...shownSettings(settings), presets });
}

type Fields = Readonly<Record<string, unknown>>;

const differing = (one: Fields, other: Fields, shown: Fields): Fields =>
  Object.fromEntries(
    Object.keys({ ...one, ...other })
      .filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
      .map((name) => [name, entry(shown, name) ?? null]),
  );
