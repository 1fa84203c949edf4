import { bytesOfHex, hexOf } from "../../../core/books/hex.ts";
import { inclusionProof, merkleRoot, type Hash } from "../../../core/books/merkle.ts";
import {
  headLeaf,
  treeState,
  type ProvenHead,
  type SignedHead,
} from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";

/** Some of an hour's heads, which follow one another. */
export interface HeadsPage {
  /** How many. All pages but the last have `limits.headsPerPage`, so each is a subtree of the hour's tree. */
  readonly heads: number;
  /** Merkle root over them, hex. */
  readonly root: string;
  /** The first one's ledger. */
  readonly first: string;
}

/** The heads of a logged hour. Up to a page of them lie in one object; of more, that object lists the pages. */
export type StoredHour =
  | { readonly v: 1; readonly hour: string; readonly heads: readonly SignedHead[] }
  | { readonly v: 2; readonly hour: string; readonly pages: readonly HeadsPage[] };

/** Never larger than `limits.headsPerPage` where it is written now; version 1 once had up to 20 000. */
export function pageOf(heads: readonly SignedHead[]): HeadsPage {
  const { root } = treeState(heads.map(headLeaf));
  return { heads: heads.length, root, first: heads[0]?.ledger ?? "" };
}

/** The heads of an hour, however they are stored. A page is read when it is needed. */
export class HourHeads {
  readonly pages: readonly HeadsPage[];
  readonly #read: (page: HeadsPage, number: number) => Promise<readonly SignedHead[]>;

  constructor(
    stored: StoredHour,
    read: (page: HeadsPage, number: number) => Promise<readonly SignedHead[]>,
  ) {
    this.pages = stored.v === 1 ? [pageOf(stored.heads)] : stored.pages;
    this.#read = stored.v === 1 ? () => Promise.resolve(stored.heads) : read;
  }

  get count(): number {
    return this.pages.reduce((sum, { heads }) => sum + heads, 0);
  }

  /** Hex. */
  get root(): string {
    return hexOf(merkleRoot(this.#roots()));
  }

  async *eachPage(): AsyncGenerator<readonly SignedHead[]> {
    for (const [number, page] of this.pages.entries()) yield await this.#read(page, number);
  }

  /** The tenant's heads, each with its proof. */
  async prove(tenant: string): Promise<ProvenHead[]> {
    const own = `${tenant}/`;
    const proven: ProvenHead[] = [];
    for (const [number, page] of this.pages.entries()) {
      const next = this.pages[number + 1];
      const mayHave = page.first < `${tenant}0` && (next === undefined || next.first >= own);
      if (mayHave) proven.push(...(await this.#proveIn(page, number, own)));
    }
    return proven;
  }

  async #proveIn(page: HeadsPage, number: number, own: string): Promise<ProvenHead[]> {
    const heads = await this.#read(page, number);
    const found = [...heads.entries()].filter(([, { ledger }]) => ledger.startsWith(own));
    if (found.length === 0) return [];
    const leaves = heads.map(headLeaf);
    const above = inclusionProof(this.#roots(), number);
    return found.map(([index, head]) => ({
      head,
      index: number * limits.headsPerPage + index,
      proof: [...inclusionProof(leaves, index), ...above].map(hexOf),
    }));
  }

  #roots(): Hash[] {
    return this.pages.map(({ root }) => bytesOfHex(root) ?? new Uint8Array());
  }
}
