/** The groups that the OpenAPI document sorts operations into. */
export const tags = {
  Jobs: "Send pictures, follow jobs and fetch renditions.",
  Images: "Store pictures that are delivered at a URL.",
  Delivery: "Pictures at a URL, for browsers. No key is needed.",
  Billing: "Usage, statements and the sealed records behind them.",
  Account: "Who you are, your keys and your audit trail.",
  Administration: "Tenants and their keys. For the operator.",
  Service: "The service itself: this document, its problems and its health.",
} as const;

export type Tag = keyof typeof tags;
