/** Milliseconds of each stage, for the `Server-Timing` header (W3C Server Timing). */
export class Timing {
  readonly #startedAt = Date.now();
  readonly #stages: { name: string; millis: number }[] = [];

  async measure<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const startedAt = Date.now();
    try {
      return await work();
    } finally {
      this.#stages.push({ name, millis: Date.now() - startedAt });
    }
  }

  totalMillis(): number {
    return Date.now() - this.#startedAt;
  }

  header(): string {
    return [...this.#stages, { name: "total", millis: this.totalMillis() }]
      .map(({ name, millis }) => `${name};dur=${millis}`)
      .join(", ");
  }
}
