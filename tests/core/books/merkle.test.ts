import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  merkleRoot,
} from "../../../core/books/merkle.ts";

const leaves = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    leafHash(new TextEncoder().encode(`segment ${index}`)),
  );
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** A tree's size, of all shapes up to a few levels. */
const size = fc.integer({ min: 1, max: 70 });

describe("a Merkle tree", () => {
  // The test vectors that certificate-transparency-go and others share: leaves of 0, 1, 1, 2, 2, 4, 8 and 16 bytes.
  const vectors = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const known = vectors.map((text) => leafHash(Buffer.from(text, "hex")));

  test.each([
    [0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    [2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    [3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
    [5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
    [7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
    [8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
  ])("of %i leaves has the root of the published vectors", (count, root) => {
    expect(hex(merkleRoot(known.slice(0, count)))).toBe(root);
  });

  test("proves each of its leaves, and no other at that place", () => {
    fc.assert(
      fc.property(size, fc.nat(), (count, choice) => {
        const tree = leaves(count);
        const index = choice % count;
        const proof = inclusionProof(tree, index);
        const root = merkleRoot(tree);
        expect(isIncluded(tree[index]!, index, count, proof, root)).toBe(true);
        expect(isIncluded(leafHash(Buffer.from("forged")), index, count, proof, root)).toBe(false);
        expect(isIncluded(tree[index]!, index, count, proof, leafHash(root))).toBe(false);
        // A leaf that is alone is its own neighbour, and its proof is empty already.
        const isAlone = count === 1;
        const neighbour = (index + 1) % count;
        expect(isIncluded(tree[index]!, neighbour, count, proof, root)).toBe(isAlone);
        expect(isIncluded(tree[index]!, index, count, proof.slice(1), root)).toBe(isAlone);
        expect(isIncluded(tree[index]!, index, count, [...proof, root], root)).toBe(false);
      }),
    );
  });

  test("proves that it only appended to an earlier one, and not to one that was changed", () => {
    fc.assert(
      fc.property(size, size, fc.nat(), (one, other, choice) => {
        const older = Math.min(one, other);
        const newer = Math.max(one, other);
        const tree = leaves(newer);
        const before = { size: older, root: merkleRoot(tree.slice(0, older)) };
        const after = { size: newer, root: merkleRoot(tree) };
        const proof = consistencyProof(tree, older);
        expect(isConsistent(before, after, proof)).toBe(true);
        const rewritten = tree.with(choice % older, leafHash(Buffer.from("rewritten")));
        const forked = { size: newer, root: merkleRoot(rewritten) };
        expect(isConsistent(before, forked, consistencyProof(rewritten, older))).toBe(false);
        expect(isConsistent(after, before, proof)).toBe(older === newer);
        expect(isConsistent(before, after, [...proof, after.root])).toBe(false);
      }),
    );
  });

  test("of no leaves is the hash of nothing, and proves nothing", () => {
    expect(hex(merkleRoot([]))).toBe(createHash("sha256").digest("hex"));
    expect(() => inclusionProof([], 0)).toThrow("no leaf 0");
    expect(() => inclusionProof(leaves(3), -1)).toThrow("no leaf -1");
    expect(() => inclusionProof(leaves(3), 3)).toThrow("no leaf 3");
    expect(() => consistencyProof(leaves(3), 0)).toThrow("no tree of 0 leaves");
    expect(() => consistencyProof(leaves(3), 4)).toThrow("no tree of 4 leaves");
    expect(isIncluded(leaves(1)[0]!, 0, 0, [], merkleRoot([]))).toBe(false);
    expect(
      isConsistent({ size: 0, root: merkleRoot([]) }, { size: 1, root: leaves(1)[0]! }, []),
    ).toBe(false);
  });
});

describe("a proof that somebody made up, with roots that it leads to, shows nothing", () => {
  const [a, b, c] = leaves(3) as [Uint8Array, Uint8Array, Uint8Array];
  const ofFour = leaves(4);
  const older = merkleRoot(leaves(3));
  const newer = merkleRoot(ofFour);
  const proof = consistencyProof(ofFour, 3);

  test.each<[string, boolean]>([
    ["for a leaf behind the last one", isIncluded(a, 1, 1, [], a)],
    ["for a leaf before the first one", isIncluded(a, -1, 1, [], a)],
    ["for a leaf at no place", isIncluded(a, Number.NaN, 1, [], a)],
    ["that is longer than the tree is high", isIncluded(b, 0, 1, [a], merkleRoot([a, b]))],
    ["that ends below the root", isIncluded(newer, 0, 2, [], newer)],
    [
      "for a root that begins like it and is longer",
      isIncluded(a, 0, 1, [], Uint8Array.of(...a, 0)),
    ],
  ])("%s", (_, isShown) => {
    expect(isShown).toBe(false);
  });

  test.each<[string, boolean]>([
    [
      "of an older tree without leaves",
      isConsistent({ size: 0, root: a }, { size: 1, root: a }, [a]),
    ],
    [
      "of an older tree with more leaves",
      isConsistent({ size: 2, root: a }, { size: 1, root: a }, []),
    ],
    ["that is empty", isConsistent({ size: 3, root: older }, { size: 4, root: newer }, [])],
    ["that ends below the roots", isConsistent({ size: 3, root: a }, { size: 4, root: a }, [a])],
    [
      "that is longer than the trees are high",
      isConsistent(
        { size: 3, root: merkleRoot([c, older]) },
        { size: 4, root: merkleRoot([c, newer]) },
        [...proof, c],
      ),
    ],
  ])("%s", (_, isShown) => {
    expect(isShown).toBe(false);
  });
});
