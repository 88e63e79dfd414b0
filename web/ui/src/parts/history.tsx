import { now } from "../api";
import { span, when } from "../format";
import { useSpeech } from "../i18n";
import { useNow } from "../session";
import type { Alert, Lamp } from "../types";

/** What was wrong with a lamp, newest first. */
export function History({ lamp }: { lamp: Lamp }) {
  const { t, words, lang } = useSpeech();
  useNow();
  const line = (a: Alert): string => {
    const since = when(a.since, now(), lang);
    if (a.state === "firing") return t("firingSince", { when: since });
    if (a.state === "retracted") return t("retracted", { when: since });
    return t("endedAfter", { when: since, span: span((a.ended_at ?? a.since) - a.since, lang) });
  };
  return (
    <section class="card">
      <h2>{t("history")}</h2>
      {lamp.alerts.length === 0 ? (
        <p class="note">{t("historyNone")}</p>
      ) : (
        <ol class="history">
          {lamp.alerts.map((a) => (
            <li key={a.id} class={"is-" + a.state}>
              <b>{lamp.words[a.fault] ? words(lamp.words[a.fault]!.title) : a.fault}</b>
              <span>{line(a)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
