import { workerData } from "node:worker_threads";
import { limits } from "../../core/limits.ts";
import { loadEngineModules, loadHeicLibrary } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { answerQuestions } from "./answer-questions.ts";
import type { Crashed, RenderAnswer, RenderQuestion } from "./engine-thread.ts";
import { watchWasm } from "./wasm-watch.ts";

const watch = watchWasm();
const { heic } = workerData as { readonly heic: boolean };
const engine = createEngine({
  ...(await loadEngineModules()),
  ...(heic && { heic: await loadHeicLibrary() }),
});

answerQuestions<RenderQuestion, RenderAnswer | Crashed>(async ({ source, transforms }) => {
  watch.begin();
  try {
    const rendered = await engine.render(source, transforms);
    const largestBytes = watch.largestBytes();
    const wasmBytesOverBudget = await watch.heldOver(limits.wasmBytesMax);
    if (!rendered.ok) {
      const refusal = rendered.error;
      return { kind: "refused", refusal, wasmBytes: largestBytes, wasmBytesOverBudget };
    }
    const { source: info, renditions, peakWasmBytes } = rendered.value;
    const wasmBytes = Math.max(peakWasmBytes, largestBytes);
    return { kind: "rendered", source: info, renditions, wasmBytes, wasmBytesOverBudget };
  } catch (error) {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "crashed", cause };
  }
});
