import { expect, test } from "vitest";
import { defaultSettings, shownSettings } from "../../../../core/delivery/settings.ts";
import {
  createdSigningKeyDocument,
  deliveryDocument,
} from "../../../../workers/api/documents/delivery-document.ts";

const settings = shownSettings(defaultSettings);
const view = { settings, signingKeys: [{ id: "sgn_1", createdAt: 1000 }] };

test("delivery names its hosts as a browser writes them", () => {
  const hosts = ["shop", "img.example.org"];
  expect(deliveryDocument({ ...view, hosts }, "minilab.example")).toEqual({
    ...settings,
    signingKeys: [{ id: "sgn_1", createdAt: "1970-01-01T00:00:01.000Z" }],
    hosts: ["shop.minilab.example", "img.example.org"],
  });
});

test("delivery of an object that does not know of hosts has none", () => {
  expect(deliveryDocument(view, "minilab.example").hosts).toEqual([]);
});

test("a signing key that was made just now shows its secret", () => {
  expect(createdSigningKeyDocument({ id: "sgn_1", createdAt: 1000, secret: "s" })).toEqual({
    id: "sgn_1",
    createdAt: "1970-01-01T00:00:01.000Z",
    secret: "s",
  });
});
