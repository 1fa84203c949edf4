import { BaseSequencer, type TestSpecification } from "vitest/node";

/** First the files that noticed the fault before, which was often in the same lines; then the fastest. */
export class LikelyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): [number, number] => {
      const last = this.ctx.cache.getTestSpecificationResult(file);
      return [last?.failed === true ? 0 : 1, last?.duration ?? 0];
    };
    const ranked = files.map((file) => ({ file, rank: rank(file) }));
    return ranked
      .toSorted((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1])
      .map(({ file }) => file);
  }
}
