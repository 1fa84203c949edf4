import { noisyJpeg } from "./pictures.ts";
import { answer, jsonBody, type Service, type Tenant } from "./service.ts";

interface Sender {
  readonly service: Service;
  readonly tenant: Tenant;
  readonly photo: Uint8Array;
  /** Id of a picture that the tenant has stored. */
  readonly image: string;
}

/** Requests about stored and delivered pictures, by operation: answered in every way, and a few that are refused. */
export function pictureRequests(who: () => Sender): Record<string, () => Promise<Response>[]> {
  const sendImage = async (picture: Promise<Uint8Array>) =>
    who().tenant.fetch("/v1/images", { method: "POST", body: (await picture) as BodyInit });
  const original = (headers: Record<string, string>) =>
    who().tenant.fetch(`/v1/images/${who().image}/original`, { headers });
  const delivered = (options: string, headers: Record<string, string>) =>
    who().service.fetch(`/t/${who().tenant.id}/image/${options}/${who().image}`, { headers });
  const sendToAddress = async (method: string, asked: object) => {
    const made = who().tenant.fetch("/v1/images/uploads", jsonBody(asked));
    const { url } = await answer<{ url: string }>(made, 201);
    const { pathname, search } = new URL(url);
    return who().service.fetch(pathname + search, { method, body: who().photo as BodyInit });
  };
  return {
    createImage: () => {
      const other = noisyJpeg(32, 24);
      return [sendImage(other), sendImage(other), sendImage(Promise.resolve(new Uint8Array(9)))];
    },
    createUpload: () => [
      who().tenant.fetch("/v1/images/uploads", jsonBody({ bytesMax: 9 })),
      who().tenant.fetch("/v1/images/uploads", jsonBody({ bytesMax: 0 })),
    ],
    putUpload: () => [
      sendToAddress("PUT", {}),
      sendToAddress("PUT", { bytesMax: 9 }),
      who().service.fetch(`/t/${who().tenant.id}/uploads?token=none`, { method: "PUT" }),
    ],
    postUpload: () => [sendToAddress("POST", {}), sendToAddress("POST", { formats: ["png"] })],
    listImages: () => [who().tenant.fetch("/v1/images"), who().tenant.fetch("/v1/images?limit=0")],
    getImage: () => [
      who().tenant.fetch(`/v1/images/${who().image}`),
      who().tenant.fetch("/v1/images/none"),
    ],
    getImageTags: () =>
      [who().image, "none"].map((id) => who().tenant.fetch(`/v1/images/${id}/tags`)),
    setImageTags: () =>
      [{ tags: ["described"] }, { tags: [""] }].map((tags) =>
        who().tenant.fetch(`/v1/images/${who().image}/tags`, { ...jsonBody(tags), method: "PUT" }),
      ),
    getImageOriginal: () => [
      original({}),
      original({ Range: "bytes=0-9" }),
      original({ Range: "bytes=99999999-" }),
      original({ "If-None-Match": "*" }),
    ],
    purgeRenditions: () => [
      who().tenant.fetch("/v1/renditions?preset=none", { method: "DELETE" }),
      who().tenant.fetch("/v1/renditions", { method: "DELETE" }),
    ],
    deleteImage: () => [
      who().tenant.fetch(`/v1/images/img_${"0".repeat(64)}`, { method: "DELETE" }),
      who().tenant.fetch("/v1/images/none", { method: "DELETE" }),
    ],
    deliverImage: () => [
      delivered("width=20", {}),
      delivered("width=20", { Range: "bytes=0-9" }),
      delivered("width=20", { "If-None-Match": "*" }),
      delivered("width=20", { Range: "bytes=99999999-" }),
      delivered("format=json,width=20", {}),
      delivered("width=x", {}),
    ],
    getDelivery: () => [who().tenant.fetch("/v1/delivery")],
    changeDelivery: () => [
      who().tenant.fetch("/v1/delivery", { ...jsonBody({ cacheSeconds: 60 }), method: "PATCH" }),
      who().tenant.fetch("/v1/delivery", { ...jsonBody({ mode: "open" }), method: "PATCH" }),
    ],
    createSigningKey: () => [who().tenant.fetch("/v1/delivery/signing-keys", { method: "POST" })],
    revokeSigningKey: () => [
      answer<{ id: string }>(
        who().tenant.fetch("/v1/delivery/signing-keys", { method: "POST" }),
        201,
      ).then(({ id }) =>
        who().tenant.fetch(`/v1/delivery/signing-keys/${id}`, { method: "DELETE" }),
      ),
      who().tenant.fetch("/v1/delivery/signing-keys/none", { method: "DELETE" }),
    ],
  };
}
