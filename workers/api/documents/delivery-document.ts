import * as z from "zod/mini";
import { shownDialectsSchema } from "../../../core/delivery/dialect-settings.ts";
import { shownHost } from "../../../core/delivery/hosts/host-name.ts";
import { storedSettingsSchema } from "../../../core/delivery/settings.ts";
import type { SigningKey } from "../../../core/delivery/signed-url.ts";
import type { DeliveryView } from "../../../durable-objects/directory/delivery/delivery.ts";

const signingKeySchema = z.object({ id: z.string(), createdAt: z.iso.datetime() });

/** How a tenant's pictures are delivered, as the API shows it. */
export const deliverySchema = z
  .object({
    ...storedSettingsSchema.shape,
    dialects: shownDialectsSchema,
    signingKeys: z.array(signingKeySchema),
    hosts: z.array(z.string()).check(
      z.meta({
        description: "Hosts that deliver your pictures at their root. The operator sets them.",
      }),
    ),
  })
  .register(z.globalRegistry, { id: "Delivery" });

/** `domain`: what slugs are below. */
export function deliveryDocument(
  { settings, signingKeys, hosts = [] }: DeliveryView,
  domain: string | null,
) {
  return {
    ...settings,
    signingKeys: signingKeys.map(keyDocument),
    hosts: hosts.map((name) => shownHost(name, domain)),
  };
}

export const createdSigningKeySchema = z
  .object({ ...signingKeySchema.shape, secret: z.string() })
  .register(z.globalRegistry, { id: "CreatedSigningKey" });

export const createdSigningKeyDocument = (key: SigningKey) => ({
  ...keyDocument(key),
  secret: key.secret,
});

const keyDocument = ({ id, createdAt }: Omit<SigningKey, "secret">) => ({
  id,
  createdAt: new Date(createdAt).toISOString(),
});
