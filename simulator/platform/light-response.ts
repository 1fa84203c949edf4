/**
 * As much of `Response` as the routes use. The platform's own reads bodies through streams, whose turns
 * are not the simulator's to order.
 */
export class LightResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;

  constructor(
    body: unknown,
    { status = 200, headers }: { status?: number; headers?: HeadersInit } = {},
  ) {
    this.body = body;
    this.status = status;
    this.headers = new Headers(headers);
  }

  static json(
    value: unknown,
    init: { status?: number; headers?: HeadersInit } = {},
  ): LightResponse {
    return new LightResponse(JSON.stringify(value), init);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
}
