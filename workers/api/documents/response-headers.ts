const text = { type: "string" } as const;
const whole = { type: "integer", minimum: 0 } as const;

/** Every response header that a client may read: what it says, and its schema. CORS exposes these. */
export const responseHeaders = {
  "Accept-Ranges": ["`bytes`: range requests are answered", text],
  "Cache-Control": ["How long the answer may be kept, and by whom", text],
  "Cache-Status": ["Whether the rendition was there (`hit`) or had to be made (RFC 9211)", text],
  "Cf-Resized": ["`err=` and the code that Cloudflare Images has for the same failure", text],
  "Content-Disposition": ["The file's name when it is saved", text],
  "Content-Security-Policy": [
    "Prevents browsers from treating the answer as anything but a picture",
    text,
  ],
  "Cross-Origin-Resource-Policy": ["`cross-origin`: any page may show it", text],
  "Content-Location": ["The URL of the rendition in this answer", { ...text, format: "uri" }],
  "Content-Range": ["Which bytes these are, and how many there are in all", text],
  ETag: ["The rendition's validator for `If-None-Match` and `If-Range`", text],
  "Idempotency-Replayed": ["`true`: the job is from an earlier request with the same key", text],
  Location: ["The URL of the job", { ...text, format: "uri" }],
  "Minilab-Receipt": [
    "What the job costs and where it is recorded, signed: a JWS (`POST /v1/receipts/verify`)",
    text,
  ],
  "Preference-Applied": ["The `Prefer: wait` that was applied, in seconds", text],
  RateLimit: ["Requests left (`r`) and seconds until all are back (`t`)", text],
  "RateLimit-Policy": ["Requests (`q`) allowed in a window of seconds (`w`)", text],
  "Retry-After": ["Seconds to wait before the next attempt", whole],
  "Server-Timing": ["Milliseconds of each stage of this request", text],
  Traceparent: [
    "The request's place in its trace (W3C Trace Context): the client's trace where it sent one, else a new one",
    text,
  ],
  "WWW-Authenticate": ["The scheme to authenticate with", text],
  "X-Request-Id": ["The request's id in the service's logs: its trace id", text],
} as const;

export type ResponseHeader = keyof typeof responseHeaders;
