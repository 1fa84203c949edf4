import { DurableObject } from "cloudflare:workers";
import type { Counts } from "../../core/metrics/counts.ts";
import type { LedgerReport } from "../../core/metrics/ledger-report.ts";
import { hostOf } from "../host.ts";
import { Figures } from "./figures.ts";

/** `Figures` on the platform. What each call promises is said there. */
export class RegionFigures extends DurableObject {
  readonly #figures: Figures;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#figures = new Figures(hostOf(ctx, env));
  }

  report(report: LedgerReport): void {
    this.#figures.report(report);
  }

  counted(more: Counts): void {
    this.#figures.counted(more);
  }

  snapshot() {
    return this.#figures.snapshot();
  }

  override alarm(): Promise<void> {
    return this.#figures.alarm();
  }
}
