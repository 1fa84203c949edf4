import type { Refusal } from "../../core/image/refusal.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rendered, Rendition } from "../../engine/engine.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import type { StageWatch } from "../../engine/stages.ts";
import { decode, transform, type Samples } from "./scene.ts";

const modules = await loadEngineModules();

type Outputs = readonly Partial<RenderTransform>[];

/** The one rendition, as a file and as what sharp decodes from it. */
type RenderedOne = Rendered & { readonly rendition: Rendition; readonly samples: Samples };

/** An engine of its own, and the ways in which tests ask it. */
export function newRenderer(watch: Partial<StageWatch> = {}) {
  const engine = createEngine(modules, watch);

  /** For sources that must not be refused. */
  async function render(source: Uint8Array, ...outputs: Outputs): Promise<Rendered> {
    const result = await engine.render(source, outputs.map(transform));
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  }

  async function renderOne(
    source: Uint8Array,
    options: Partial<RenderTransform> = {},
  ): Promise<RenderedOne> {
    const rendered = await render(source, options);
    const [rendition] = rendered.renditions;
    if (!rendition) throw new Error("One output was asked for");
    return { ...rendered, rendition, samples: await decode(rendition.bytes) };
  }

  /** For those that must be. */
  async function refusal(source: Uint8Array, ...outputs: Outputs): Promise<Refusal> {
    const result = await engine.render(source, outputs.map(transform));
    if (result.ok) throw new Error("Not refused");
    return result.error;
  }

  return { engine, render, renderOne, refusal };
}
