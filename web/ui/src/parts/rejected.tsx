import { useState } from "preact/hooks";
import { api, now } from "../api";
import { ago, count, num, when } from "../format";
import { useSpeech } from "../i18n";
import { Link } from "../router";
import { useLoad, useNow } from "../session";
import { stageKey } from "../say";
import type { Rejected } from "../types";
import { Failed, Loading } from "./bits";

/** Messages that could not be taken, each with the reason in words. */
export function RejectedCard() {
  const { t, code, lang } = useSpeech();
  useNow();
  const first = useLoad("rejected", () => api.rejected());
  const [older, add] = useState<{ rejected: Rejected[]; next: number | null } | null>(null);
  const list = (first.value?.rejected ?? []).concat(older?.rejected ?? []);
  const next = older ? older.next : (first.value?.next ?? null);
  return (
    <section class="card">
      <h2>{t("officeRejected")}</h2>
      {!first.value && (first.error ? <Failed within error={first.error} again={first.again} /> : <Loading />)}
      {first.value && list.length === 0 && <p class="note">{t("officeRejectedNone")}</p>}
      <ul class="rejected">
        {list.map((r) => (
          <li key={r.seq}>
            <p>
              <em>{code("reason_", r.reason)}</em> {r.lamp && <b>{r.lamp}</b>} <time>{when(r.received, now(), lang)}</time>
            </p>
            <p class="why">{r.text}</p>
            <details>
              <summary>{t("rejectedShow")}</summary>
              <p class="topic">{r.topic}</p>
              <pre tabIndex={0}>{r.payload}</pre>
              {r.cut && <p class="note">{t("rejectedCut", { n: count(r.length) })}</p>}
            </details>
          </li>
        ))}
      </ul>
      {next !== null && (
        <button
          type="button"
          class="button more"
          onClick={() =>
            api.rejected(next).then(
              (page) => add({ rejected: (older?.rejected ?? []).concat(page.rejected), next: page.next }),
              () => undefined, // the button stays for another try
            )
          }
        >
          {t("rejectedMore")}
        </button>
      )}
    </section>
  );
}

/** Registers an unknown lamp like another one. */
function Adopt({ lamp, done }: { lamp: string; done: () => void }) {
  const { t, lang } = useSpeech();
  const [like, setLike] = useState("");
  const [said, say] = useState("");
  const send = (e: Event) => {
    e.preventDefault();
    api.adopt(lamp, like.trim()).then(
      () => {
        say(t("adoptDone"));
        done();
      },
      (e: { zh?: string; en?: string }) => say((lang === "zh" ? e.zh : e.en) ?? ""),
    );
  };
  return (
    <form class="adopt" onSubmit={send}>
      <input aria-label={t("adoptLike")} placeholder={t("adoptLike")} value={like} maxLength={32} onInput={(e) => setLike(e.currentTarget.value)} />
      <button type="submit" class="button" disabled={!like.trim()}>
        {t("adopt")}
      </button>
      {said && <p role="status">{said}</p>}
    </form>
  );
}

/** Lamps that send but that nobody has registered as installed. */
export function UnknownCard() {
  const { t, lang } = useSpeech();
  useNow();
  const lamps = useLoad("unknown", () => api.unknown());
  return (
    <section class="card">
      <h2>{t("officeUnknown")}</h2>
      {!lamps.value && (lamps.error ? <Failed within error={lamps.error} again={lamps.again} /> : <Loading />)}
      {lamps.value && lamps.value.lamps.length === 0 && <p class="note">{t("officeUnknownNone")}</p>}
      <ul class="strangers">
        {lamps.value?.lamps.map((l) => (
          <li key={l.id}>
            <Link to={"/lamps/" + encodeURIComponent(l.id)}>{l.id}</Link>
            <span>{l.reason === "not_registered" ? t("unknownNotRegistered") : t("unknownNotInstalled", { stage: t(stageKey(l.stage)) })}</span>
            <span>
              {ago(l.last_seen, now(), lang)}
              {l.battery_v === null ? "" : " · " + t("volts", { n: num(l.battery_v, 1) })}
            </span>
            {l.reason === "not_registered" && <Adopt lamp={l.id} done={lamps.again} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
