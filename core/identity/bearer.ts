/**
 * The token of an `Authorization` field with the Bearer scheme (RFC 6750 §2.1); the scheme's case does
 * not matter (RFC 9110 §11.1). Null for no field, another scheme or no token.
 */
export function bearerToken(authorization: string | null): string | null {
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? "")?.[1] ?? null;
}
