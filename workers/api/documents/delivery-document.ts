import * as z from "zod/mini";
import { shownDialectsSchema } from "../../../core/delivery/dialect-settings.ts";
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
  })
  .register(z.globalRegistry, { id: "Delivery" });

export function deliveryDocument({ settings, signingKeys }: DeliveryView) {
  return { ...settings, signingKeys: signingKeys.map(keyDocument) };
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
