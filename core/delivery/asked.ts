import { err, ok, type Result } from "../result.ts";
import { shorten } from "../shorten.ts";
import { parseTransform } from "../transform/grammar.ts";
import type { Transform } from "../transform/transform.ts";
import { parseSource, type SourceReference } from "./source-reference.ts";

/** What a URL asks for, whatever dialect it was written in. */
export interface Asked {
  readonly source: SourceReference;
  /** A preset's name stands for a transform that the tenant has stored. */
  readonly rendition: Transform | { readonly preset: string };
  /** With `redirect`, a failure answers with the source itself where that is on the tenant's own site. */
  readonly onerror: "redirect" | null;
  /** Seconds since the epoch at which the URL ends by its dialect; null: never. */
  readonly expiresAt: number | null;
}

/** Why a URL cannot be answered. */
export type Unanswerable = Unreadable | BadSignature;

/** The option or part at fault, and a sentence for the person who wrote the URL. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly option: string;
  readonly detail: string;
}

/** An expired signature has an answer of its own, so that a clock that is off shows. */
export interface BadSignature {
  readonly kind: "signature" | "expired";
}

export type Reading = Result<Asked, Unanswerable>;

/** Options under our names, in the order given. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** A source and options under our names, checked. */
export function ask(source: string, pairs: Pairs): Reading {
  const reference = parseSource(source);
  if (!reference.ok) return unreadable("source", `The source ${reference.error}.`);
  const rendition = parseTransform(pairs);
  if (!rendition.ok) return unreadable(rendition.error.option, rendition.error.detail);
  return ok({
    source: reference.value,
    rendition: rendition.value,
    onerror: null,
    expiresAt: null,
  });
}

/** The same, until this moment in seconds since the epoch. */
export const endingAt = (reading: Reading, expiresAt: number | null): Reading =>
  reading.ok ? ok({ ...reading.value, expiresAt }) : reading;

export const unreadable = (option: string, detail: string) =>
  err<Unreadable>({ kind: "unreadable", option: shorten(option), detail });

/** For what a dialect can say and this service does not do: refused by name, never ignored. */
export const notOffered = (option: string) =>
  unreadable(option, `${JSON.stringify(shorten(option))} is not supported here. Leave it out.`);

export const badSignature = err<BadSignature>({ kind: "signature" });
export const expired = err<BadSignature>({ kind: "expired" });
