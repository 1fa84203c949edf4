import { parseTransform } from "../core/transform/grammar.ts";
import type { Engine } from "./engine.ts";

/**
 * Has `engine` render a picture of its own, once, so that what nearly every render needs is compiled. Never rejects.
 * For the time in which the first source is still on its way: a fresh isolate's first render takes two thirds more
 * without it.
 */
export async function prepare(engine: Engine): Promise<void> {
  if (prepared.has(engine)) return;
  prepared.add(engine);
  const transform = parseTransform([["width", "48"]]);
  if (!transform.ok) throw new Error("a width is no transform");
  // What fails here also fails for a customer's picture, and is reported there.
  await engine.render(picture, [{ ...transform.value, format: "jpeg" }]).catch(() => undefined);
}

const prepared = new WeakSet<Engine>();

/** A JPEG of 64 × 64 pixels of one colour: less is left to libjpeg-turbo. */
const picture = Uint8Array.from(
  atob(
    "/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoI" +
      "ChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCABAAEADASIAAhEBAxEB/8QA" +
      "FQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAYH/8QAFBEBAAAAAAAAAAAA" +
      "AAAAAAAAAP/aAAwDAQACEQMRAD8AgARrQwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH/9k=",
  ),
  (char) => char.charCodeAt(0),
);
