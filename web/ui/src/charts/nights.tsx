import { nightName, num } from "../format";
import { useSpeech } from "../i18n";
import { nightVerdict } from "../say";
import type { NightList } from "../types";

/** Light-hours of the last nights as bars: a frame for what was promised, its filling for what was lit. */
export function Nights({ list }: { list: NightList }) {
  const { t, words } = useSpeech();
  const nights = list.nights;
  if (nights.length === 0) return <p class="note">{t("nightsNone")}</p>;
  const shown = [...nights].sort((a, b) => (a.night < b.night ? -1 : 1));
  const top = Math.max(1, ...shown.map((n) => Math.max(n.lit_h, n.expected_h ?? 0, 6)));
  const good = shown.filter((n) => nightVerdict(n) === "good").length;
  const height = (h: number): string => (h / top) * 100 + "%";
  return (
    <>
      {list.words ? <p class="nights-words">{words(list.words)}</p> : <p class="note">{t("nightsMore", { n: list.words_more })}</p>}
      <p class="nights-sum">{t("nightAll", { n: shown.length, good })}</p>
      <ol class="nights">
        {shown.map((n) => {
          const verdict = nightVerdict(n);
          return (
            <li key={n.night} class={"is-" + verdict}>
              <span class="visually-hidden">
                {n.expected_h === null
                  ? t("nightSaidFree", { night: nightName(n.night), lit: num(n.lit_h) })
                  : t("nightSaid", { night: nightName(n.night), lit: num(n.lit_h), expected: num(n.expected_h) })}
                {verdict === "unseen" ? " " + t("nightUnseen") : ""}
              </span>
              <span class="bar" aria-hidden="true">
                <b>{verdict === "unseen" ? "?" : num(n.lit_h)}</b>
                <i class="promised" style={{ height: height(n.expected_h ?? 0) }} />
                <i class="lit" style={{ height: height(n.lit_h) }} />
              </span>
              <span class="night" aria-hidden="true">
                {nightName(n.night)}
              </span>
            </li>
          );
        })}
      </ol>
      <p class="key" aria-hidden="true">
        <span class="key-lit">{t("nightLit")}</span>
        <span class="key-promised">{t("nightExpected")}</span>
        <span class="key-short">{t("nightShort")}</span>
      </p>
    </>
  );
}
