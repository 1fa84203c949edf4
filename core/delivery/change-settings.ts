import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { formatTransform, parseOptionList } from "../transform/grammar.ts";
import { dialectsSchema } from "./dialect-settings.ts";
import { presetNamePattern, presetNameRule } from "./preset-name.ts";
import { parseAllowedSource } from "./remote/allowed-source.ts";
import { settingFields, type DeliveryChange } from "./settings.ts";

const presetOptions = z.string().check(
  z.refine((text) => parseOptionList(text).ok, {
    error: ({ input }) => optionFault(String(input)),
  }),
);

function optionFault(text: string): string {
  const parsed = parseOptionList(text);
  return parsed.ok ? "" : parsed.error.detail;
}

const allowedSource = z.string().check(
  z.maxLength(limits.deliverySourceCharsMax),
  z.refine((text) => parseAllowedSource(text).ok, {
    error: ({ input }) => sourceFault(String(input)),
  }),
);

function sourceFault(text: string): string {
  const parsed = parseAllowedSource(text);
  return parsed.ok ? "" : `The source ${parsed.error}. Example: https://cdn.example.com/products`;
}

/** As browsers send it in `Origin` (RFC 6454 §6.2): scheme, host and a port that is not the scheme's own. */
const origin = z.string().check(
  z.maxLength(limits.deliverySourceCharsMax),
  z.refine((text) => URL.parse(text)?.origin === text && text.startsWith("http"), {
    error:
      "An origin is a scheme and a host, in lower case and without a path: https://www.example.com",
  }),
);

/** The body of a request to change a tenant's delivery. */
export const changeSettingsSchema = z.strictObject({
  mode: z.optional(settingFields.mode),
  presets: z.optional(
    z.record(z.string().check(z.regex(presetNamePattern)), z.nullable(presetOptions), {
      error: ({ code }) => (code === "invalid_key" ? presetNameRule : undefined),
    }),
  ),
  cacheSeconds: z.optional(settingFields.cacheSeconds),
  avif: z.optional(settingFields.avif),
  dialects: z.optional(dialectsSchema),
  origins: z.optional(z.nullable(z.array(origin).check(z.maxLength(limits.deliveryOriginsMax)))),
  site: z.optional(
    z.nullable(
      allowedSource.check(
        z.regex(/^https?:\/\/(?!\*)/, {
          error: "Name one host with its scheme: https://www.example.com",
        }),
      ),
    ),
  ),
  sources: z.optional(z.array(allowedSource).check(z.maxLength(limits.deliverySourcesMax))),
});

/** The change with its presets as `formatTransform` writes them, so that equal presets are equal. */
export function changeOf({
  presets,
  ...rest
}: z.infer<typeof changeSettingsSchema>): DeliveryChange {
  if (presets === undefined) return rest;
  const canonical = Object.entries(presets).map(([name, options]) => {
    const parsed = parseOptionList(options ?? "");
    return [name, options !== null && parsed.ok ? formatTransform(parsed.value) : null] as const;
  });
  return { ...rest, presets: Object.fromEntries(canonical) };
}
