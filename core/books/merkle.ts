import { sha256 } from "@noble/hashes/sha2.js";

/** A hash of RFC 6962 §2.1: 32 bytes. */
export type Hash = Uint8Array;

/** Leaves and nodes are hashed under different prefixes, so that no node can be shown as a leaf. */
export const leafHash = (leaf: Uint8Array): Hash => hashOf(0x00, leaf);
const nodeHash = (left: Hash, right: Hash): Hash => hashOf(0x01, left, right);

/** The root over leaf hashes (RFC 6962 §2.1); of none, the hash of the empty string. */
export function merkleRoot(leaves: readonly Hash[]): Hash {
  const [only, ...more] = leaves;
  if (only === undefined) return sha256(new Uint8Array());
  if (more.length === 0) return only;
  const split = splitOf(leaves.length);
  return nodeHash(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

/** What shows that leaf `index` is under the root (RFC 6962 §2.1.1), from the leaf upwards. */
export function inclusionProof(leaves: readonly Hash[], index: number): Hash[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`);
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return index < split
    ? [...inclusionProof(left, index), merkleRoot(right)]
    : [...inclusionProof(right, index - split), merkleRoot(left)];
}

/** Whether the proof leads from the leaf to the root of a tree of `size` leaves (RFC 9162 §2.1.3.2). */
export function isIncluded(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!(index >= 0 && index < size)) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(hash, root);
}

/** What shows that the tree of the first `size` leaves is a beginning of this one (RFC 6962 §2.1.2). */
export function consistencyProof(leaves: readonly Hash[], size: number): Hash[] {
  if (size <= 0 || size > leaves.length) throw new RangeError(`no tree of ${size} leaves`);
  return subproof(leaves, size, true);
}

function subproof(leaves: readonly Hash[], size: number, isWhole: boolean): Hash[] {
  if (size === leaves.length) return isWhole ? [] : [merkleRoot(leaves)];
  const split = splitOf(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return size <= split
    ? [...subproof(left, size, isWhole), merkleRoot(right)]
    : [...subproof(right, size - split, false), merkleRoot(left)];
}

/** A tree as its publisher states it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Hash;
}

/** Whether the newer tree only appends to the older one (RFC 9162 §2.1.4.2). */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: readonly Hash[]): boolean {
  if (older.size === 0 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && equal(older.root, newer.root);
  let position = older.size - 1;
  let last = newer.size - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  // A complete older tree is a node of the newer one, so the proof begins with it unsaid.
  const path = position === 0 ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let olderHash = first;
  let newerHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      olderHash = nodeHash(sibling, olderHash);
      newerHash = nodeHash(sibling, newerHash);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      newerHash = nodeHash(newerHash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(olderHash, older.root) && equal(newerHash, newer.root);
}

/** The largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1));
}

const half = (value: number) => Math.floor(value / 2);

function hashOf(prefix: number, ...parts: readonly Uint8Array[]): Hash {
  const hash = sha256.create().update(Uint8Array.of(prefix));
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Not in constant time: all of this is public. */
function equal(left: Hash, right: Hash): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
