import { useState } from "preact/hooks";
import { api, ApiError } from "../api";
import { useSpeech } from "../i18n";
import { useMe } from "../session";
import type { Ticket } from "../types";

interface Props {
  ticket: Ticket;
  /** Called with the ticket as it is now, or null where it must be fetched again. */
  changed: (t: Ticket | null) => void;
}

/** The one button a volunteer needs, and what came of it. */
export function Take({ ticket, changed }: Props) {
  const { t, lang } = useSpeech();
  const role = useMe()?.person?.role;
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [said, say] = useState<{ text: string; good: boolean } | null>(null);

  const act = (call: (id: number) => Promise<Ticket>, done: string): void => {
    setBusy(true);
    say(null);
    call(ticket.id).then(
      (now) => {
        setBusy(false);
        setSure(false);
        say({ text: done, good: true });
        changed(now);
      },
      (e: ApiError) => {
        setBusy(false);
        if (e.code === "taken") say({ text: e.by ? t("faster", { name: e.by }) : t("fasterNobody"), good: false });
        else if (e.code === "closed") say({ text: t("alreadyClosed"), good: true });
        else say({ text: t("failedTry", { text: e.code === "offline" ? t("errorOffline") : e[lang] }), good: false });
        if (e.code === "taken" || e.code === "closed" || e.code === "not_yours") changed(null);
      },
    );
  };

  const may = role === "volunteer" || role === "office";
  return (
    <div class="take">
      {said && (
        <p class={"said " + (said.good ? "is-good" : "is-other")} role="alert">
          {said.text}
        </p>
      )}
      {may && ticket.state === "open" && (
        <button type="button" class="button glow big" disabled={busy} onClick={() => act(api.take, t("goSaid"))}>
          {busy ? t("going") : t("go")}
        </button>
      )}
      {ticket.state === "taken" && ticket.mine && !sure && (
        <button type="button" class="button plain" onClick={() => setSure(true)}>
          {t("release")}
        </button>
      )}
      {ticket.state === "taken" && ticket.mine && sure && (
        <div class="sure" role="group" aria-label={t("releaseSure")}>
          <p>{t("releaseSure")}</p>
          <button type="button" class="button" onClick={() => setSure(false)}>
            {t("releaseNo")}
          </button>
          <button type="button" class="button plain" disabled={busy} onClick={() => act(api.release, t("released"))}>
            {busy ? t("going") : t("releaseYes")}
          </button>
        </div>
      )}
    </div>
  );
}
