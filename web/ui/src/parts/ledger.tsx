import { api } from "../api";
import { count, fileDate } from "../format";
import { useSpeech } from "../i18n";
import { useLoad } from "../session";
import type { Count } from "../types";
import { Failed, Loading } from "./bits";

const columns = ["received", "stored", "waiting", "duplicate", "rejected"] as const;

function Cells({ c }: { c: Count }) {
  return (
    <>
      {columns.map((k) => (
        <td key={k} class={c[k] ? "" : "zero"}>
          {count(c[k])}
        </td>
      ))}
    </>
  );
}

/** What became of every reading, with the sum that must come out. */
export function LedgerCard() {
  const { t, lang } = useSpeech();
  const ledger = useLoad("ledger", () => api.ledger(14));
  if (!ledger.value)
    return (
      <section class="card">
        <h2>{t("officeLedger")}</h2>
        {ledger.error ? <Failed within error={ledger.error} again={ledger.again} /> : <Loading />}
      </section>
    );
  const { totals, balanced, days } = ledger.value;
  const figures: Record<string, string> = {};
  columns.forEach((k) => (figures[k] = count(totals[k])));
  return (
    <section class="card">
      <h2>{t("officeLedger")}</h2>
      <p class="note">{t("officeLedgerWhy")}</p>
      <p class={"balance " + (balanced ? "is-good" : "is-bad")}>
        <span aria-hidden="true">{balanced ? "✓" : "✗"}</span> {t(balanced ? "balanced" : "unbalanced", figures)}
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("officeLedger")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("day")}</th>
              {columns.map((k) => (
                <th key={k} scope="col">
                  {t(k)}
                </th>
              ))}
              <th scope="col">{t("lost")}</th>
              <th scope="col">{t("lampsHeard")}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((d) => (
              <tr key={d.day}>
                <th scope="row">{fileDate(d.day, lang).replace(/^\d+年| \d+$/, "")}</th>
                <Cells c={d} />
                <td class={d.lost ? "" : "zero"}>{count(d.lost)}</td>
                <td>{d.lamps}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("total")}</th>
              <Cells c={totals} />
              <td />
              <td />
            </tr>
          </tfoot>
        </table>
      </div>
      <button type="button" class="button" onClick={ledger.again}>
        {t("refresh")}
      </button>
    </section>
  );
}
