/** Bytes of base64url (RFC 4648 §5), with or without padding; null if the text is not base64url. */
export function base64UrlBytes(text: string): Uint8Array | null {
  const bare = text.replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9_-]*$/.test(bare) || bare.length % 4 === 1) return null;
  const binary = atob(bare.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from({ length: binary.length }, (_, index) => binary.charCodeAt(index));
}
