import { loadEngineModules } from "../engine/modules-node.ts";
import { createEngine } from "../engine/render.ts";
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { ownMillis, workerdMillis } from "./processor-time.ts";
import { renderTransform } from "./render-transform.ts";

/** The engine where it can be timed: here in Node, or in workerd, where it works for customers. */
export interface EngineRuntime {
  readonly name: RuntimeName;
  /** What is rendered from now on. */
  load(source: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Renders `times` times, one after another. */
  render(output: string, times: number): Promise<Turn>;
  stop(): Promise<void>;
}

export type RuntimeName = "node" | "workerd";

export const isRuntimeName = (name: string): name is RuntimeName =>
  name === "node" || name === "workerd";

export interface Turn {
  /** Of one render, by the wall clock. */
  readonly millis: number;
  /** Processor time of one render; the wall clock's where the system does not tell. */
  readonly processorMillis: number;
  readonly peakWasmBytes: number;
  /** The last rendition; not part of the time. */
  readonly rendition: () => Promise<Uint8Array>;
}

export const startRuntime = (name: RuntimeName): Promise<EngineRuntime> =>
  name === "node" ? startNode() : startWorkerd();

async function startNode(): Promise<EngineRuntime> {
  const engine = createEngine(await loadEngineModules());
  let source = new Uint8Array();
  return {
    name: "node",
    load: async (next) => void (source = next),
    async render(output, times) {
      const transforms = [renderTransform(output)];
      let rendition = new Uint8Array();
      let peakWasmBytes = 0;
      const startedAt = performance.now();
      const usedBefore = ownMillis();
      for (let left = times; left > 0; left--) {
        const rendered = await engine.render(source, transforms);
        if (!rendered.ok) throw new Error(JSON.stringify(rendered.error));
        rendition = rendered.value.renditions[0]?.bytes.slice() ?? rendition;
        peakWasmBytes = Math.max(peakWasmBytes, rendered.value.peakWasmBytes);
      }
      const millis = (performance.now() - startedAt) / times;
      const processorMillis = (ownMillis() - usedBefore) / times;
      return { millis, processorMillis, peakWasmBytes, rendition: async () => rendition };
    },
    stop: async () => undefined,
  };
}

/**
 * Inside workerd the clock stands still while a Worker computes, so requests are timed from here, and
 * what a request costs that renders nothing is taken off.
 */
async function startWorkerd(): Promise<EngineRuntime> {
  const service = await startService({
    stateDir: temporaryStateDir(),
    configs: ["bench/engine-worker.toml"],
  });
  let source: Uint8Array<ArrayBuffer> | undefined;
  const post = async (output: string, renders: number, body?: Uint8Array<ArrayBuffer>) => {
    const query = new URLSearchParams({ renders: String(renders), output });
    const usedBefore = workerdMillis(service.group);
    const startedAt = performance.now();
    const response = await fetch(`${service.url}/?${query}`, {
      method: "POST",
      body: body ?? null,
    });
    const text = await response.text();
    const millis = performance.now() - startedAt;
    const used = workerdMillis(service.group);
    const processorMillis =
      used === undefined || usedBefore === undefined ? millis : used - usedBefore;
    if (response.ok) return { millis, processorMillis, answer: JSON.parse(text) as WorkerAnswer };
    if (response.status !== forgotten || body) throw new Error(`The engine refused: ${text}`);
    await post(output, 1, source);
    return post(output, renders);
  };
  return {
    name: "workerd",
    async load(next) {
      source = next;
      await post("format=jpeg", 0, source);
    },
    async render(output, times) {
      const empty = await post(output, 0);
      const { millis, processorMillis, answer } = await post(output, times);
      return {
        millis: Math.max(0, millis - empty.millis) / times,
        processorMillis: Math.max(0, processorMillis - empty.processorMillis) / times,
        peakWasmBytes: answer.peakWasmBytes,
        rendition: async () => (await fetch(`${service.url}/rendition`)).bytes(),
      };
    },
    stop: () => service.stop(),
  };
}

/** A Worker that was restarted has lost its picture. */
const forgotten = 409;

interface WorkerAnswer {
  readonly peakWasmBytes: number;
}
