import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Lang, Words } from "../types";
import { type Key, zh } from "./zh";

export type { Key } from "./zh";

/** Fills {x} of a text; what is not given stays visible, so that a mistake shows. */
export function fill(text: string, values?: Record<string, string | number>): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole)) : text;
}

export interface Speech {
  lang: Lang;
  t: (key: Key, values?: Record<string, string | number>) => string;
  /** The text of a code such as a reason; the code itself where there is none. */
  code: (prefix: "reason_" | "field_" | "value_", code: string) => string;
  words: (w: Words) => string;
}

type Texts = Record<Key, string>;

// Chinese comes with the pages; English is fetched by who reads it.
let english: Texts | null = null;

/** Makes a language ready to be spoken. */
export async function learn(lang: Lang): Promise<void> {
  if (lang === "en" && !english) english = (await import("./en")).en;
}

/** The texts of a language; Chinese until English has been learnt. */
export function speech(lang: Lang): Speech {
  const texts: Texts = lang === "en" && english ? english : zh;
  return {
    lang,
    t: (key, values) => fill(texts[key], values),
    code: (prefix, code) => (texts as Record<string, string>)[prefix + code] ?? code,
    words: (w) => w[lang],
  };
}

const kept = "yingguang.lang";

/** The language chosen on this phone, or null. Private windows may have no storage. */
export function chosenLang(): Lang | null {
  try {
    const v = localStorage.getItem(kept);
    return v === "zh" || v === "en" ? v : null;
  } catch {
    return null;
  }
}

export function chooseLang(lang: Lang): void {
  try {
    localStorage.setItem(kept, lang);
  } catch {
    // it lasts as long as the page
  }
}

export const SpeechContext = createContext<Speech>(speech("zh"));
export const useSpeech = (): Speech => useContext(SpeechContext);
