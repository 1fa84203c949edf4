import { join } from "node:path";
import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rendition } from "../../engine/engine.ts";
import { SupervisedThread } from "./supervised-thread.ts";

export interface RenderQuestion {
  readonly source: Uint8Array;
  readonly transforms: readonly RenderTransform[];
}

/** What the engine is allowed to answer. */
export type RenderAnswer = Rendered | Refused;

export interface Rendered extends Memory {
  readonly kind: "rendered";
  readonly source: ImageInfo;
  readonly renditions: readonly Rendition[];
}

export interface Refused extends Memory {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

interface Memory {
  /**
   * The larger of what the engine reports and the largest linear memory that was made or grown during
   * the render, in bytes: a refusal reports nothing, and a report may be wrong.
   */
  readonly wasmBytes: number;
  /** All linear memory the thread still holds, in bytes, when that is over the engine's budget; else 0. */
  readonly wasmBytesOverBudget: number;
}

/** The engine promises that no bytes can cause this. */
export interface Crashed {
  readonly kind: "crashed";
  readonly cause: string;
}

/** No answer in time. */
export interface Hung {
  readonly kind: "hung";
  readonly millis: number;
}

export type RenderReply = RenderAnswer | Crashed | Hung;

/** An engine in a thread of its own, which survives any input. */
export class EngineThread {
  readonly #thread: SupervisedThread<RenderQuestion, RenderAnswer | Crashed>;

  /** A render that does not end is ended after `millisMax`. `heic`: that format is switched on. */
  constructor({
    millisMax,
    heic = false,
  }: {
    readonly millisMax: number;
    readonly heic?: boolean;
  }) {
    const file = join(import.meta.dirname, "engine-thread-main.ts");
    this.#thread = new SupervisedThread(file, { millisMax, workerData: { heic } });
  }

  async render(question: RenderQuestion): Promise<RenderReply> {
    const reply = await this.#thread.ask(question);
    if (reply.kind === "answered") return reply.answer;
    return reply.kind === "hung" ? reply : { kind: "crashed", cause: reply.cause };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
