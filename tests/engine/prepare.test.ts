import { expect, test } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { prepare } from "../../engine/prepare.ts";
import { createEngine } from "../../engine/render.ts";

test("an engine is prepared once, by a JPEG that comes as planes and is made smaller", async () => {
  const stages: string[] = [];
  const real = createEngine(await loadEngineModules(), { onStage: (stage) => stages.push(stage) });
  const results: Awaited<ReturnType<Engine["render"]>>[] = [];
  const engine: Engine = {
    async render(source, transforms) {
      const rendered = await real.render(source, transforms);
      results.push(rendered);
      return rendered;
    },
  };
  await prepare(engine);
  await prepare(engine);
  expect(results).toMatchObject([
    { ok: true, value: { source: { width: 64, height: 64 }, renditions: [{ width: 48 }] } },
  ]);
  // Straight from planes to the encoder: nothing has to be finished as pixels.
  expect(stages).toEqual(["decode", "resize", "encode"]);
});

test("an engine that fails is prepared all the same: the next picture tells", async () => {
  const engine: Engine = { render: () => Promise.reject(new TypeError("mistake")) };
  await expect(prepare(engine)).resolves.toBeUndefined();
});
