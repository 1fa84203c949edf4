import { onTestFinished, vi } from "vitest";
import { memoryWith, wellEnded } from "./decoder-memory.ts";

type Import = (...values: readonly number[]) => unknown;

export interface FakeDav1d {
  readonly memory: WebAssembly.Memory;
  /** The calls of its exports, in their order. */
  readonly calls: (readonly (string | number)[])[];
  /** Calls one of the functions that it is given, by its letter. */
  readonly call: (letter: string, ...values: readonly number[]) => unknown;
}

interface Behaviour {
  /** While it decodes. */
  readonly decode?: (fake: FakeDav1d) => void;
  /** While the decoder is made. */
  readonly make?: (fake: FakeDav1d) => void;
  readonly memory?: WebAssembly.Memory;
  /** What its allocator answers. */
  readonly pointer?: number;
}

export const dataPointer = 200_000;

/** A frame as the module tells of it: planes and strides, the planes' own sides, then those of the frame. */
export function frameFields(width: number, height: number): readonly number[] {
  const rounded = [width + (width & 1), height + (height & 1)];
  const halves = rounded.map((side) => side / 2);
  return [40_000, 128, 60_000, 64, 70_000, 66, ...rounded, ...halves, width, height];
}

/** To the end of the test each instance of a module, whatever it is, behaves so. */
export function fakeDav1d(behaviour: Behaviour = {}): FakeDav1d {
  const { memory = memoryWith(wellEnded), pointer = dataPointer, make, decode } = behaviour;
  let imports: Readonly<Record<string, Import>> = {};
  const fake: FakeDav1d = {
    memory,
    calls: [],
    call: (letter, ...values) => imports[letter]?.(...values),
  };
  const counted =
    <Answer>(name: string, work: () => Answer) =>
    (...values: readonly number[]): Answer => {
      fake.calls.push([name, ...values]);
      return work();
    };
  const exports = {
    h: memory,
    i: counted("construct", () => {}),
    j: counted("make", () => make?.(fake)),
    q: counted("allocate", () => pointer),
    o: counted("free", () => {}),
    n: counted("decode", () => (decode?.(fake), 0)),
  };
  const spy = vi.spyOn(WebAssembly, "Instance").mockImplementation(function (_module, given) {
    imports = given?.["a"] as typeof imports;
    return { exports };
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return fake;
}
