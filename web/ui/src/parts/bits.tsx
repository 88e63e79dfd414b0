import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { ApiError } from "../api";
import { num } from "../format";
import { useSpeech } from "../i18n";
import { batteryLevel } from "../lamps";
import { Link } from "../router";
import { stateKey } from "../say";
import { me } from "../session";
import { useStore } from "../store";
import type { LampState } from "../types";
import { Icon, StateIcon } from "./icons";

export function StateMark({ state }: { state: LampState }) {
  const { t } = useSpeech();
  return (
    <span class={"mark is-" + state}>
      <StateIcon state={state} />
      {t(stateKey(state))}
    </span>
  );
}

/** How full the battery is, as a bar with its figure; volts where per cent are not known. */
export function Battery({ soc, volts }: { soc: number | null; volts: number | null }) {
  const { t } = useSpeech();
  if (soc === null)
    return (
      <span class="battery">
        <span class="visually-hidden">{volts === null ? t("noBattery") : t("battery")}</span>
        <b>{volts === null ? "—" : t("volts", { n: num(volts, 1) })}</b>
      </span>
    );
  const n = Math.round(soc);
  return (
    <span class={"battery is-" + batteryLevel(soc)}>
      <span class="cell" aria-hidden="true">
        <i style={{ width: Math.max(4, n) + "%" }} />
      </span>
      <b>
        <span class="visually-hidden">{t("battery")} </span>
        {n}%
      </b>
    </span>
  );
}

/** Sets the window's title and gives the page's heading the focus for screen readers. */
export function useTitle(title: string): void {
  const { t } = useSpeech();
  const town = useStore(me)?.town.name ?? "";
  useEffect(() => {
    document.title = title + " · " + t("brand") + (town ? " " + town : "");
  }, [title, town]);
}

export function Loading() {
  const { t } = useSpeech();
  return (
    <p class="waiting" role="status">
      <span class="fly" aria-hidden="true" />
      {t("loading")}
    </p>
  );
}

/** Nothing to show, and what to do about it; within says that the page has a heading of its own. */
export function Empty({ title, hint, within, children }: { title: string; hint?: string; within?: boolean; children?: ComponentChildren }) {
  const Title = within ? "h2" : "h1";
  return (
    <div class="empty">
      <span class="fly" aria-hidden="true" />
      <Title class="empty-title">{title}</Title>
      {hint && <p>{hint}</p>}
      {children}
    </div>
  );
}

interface FailedProps {
  error: ApiError;
  again?: () => void;
  notFound?: string;
  who?: string; // who may see the page
  within?: boolean;
}

/** An error in plain words with what to do about it. */
export function Failed({ error, again, notFound, who, within }: FailedProps) {
  const { t, lang } = useSpeech();
  switch (error.code) {
    case "login_needed":
      return (
        <Empty title={t("errorLogin")} hint={t("errorLoginHint")}>
          <Link to="/" class="button">
            {t("allLamps")}
          </Link>
        </Empty>
      );
    case "forbidden":
      return <Empty title={t("errorForbidden", { who: who ?? t("whoOffice") })} hint={t("errorForbiddenHint")} />;
    case "not_found":
    case "bad_request":
      return (
        <Empty title={t("errorNotFound")} hint={notFound ?? error[lang]}>
          <Link to="/" class="button">
            {t("allLamps")}
          </Link>
        </Empty>
      );
  }
  const Title = within ? "h2" : "h1";
  const text = error.code === "offline" ? t("errorOffline") : t("errorOther", { text: error[lang] });
  return (
    <div class="empty" role="alert">
      <Title class="empty-title">{text}</Title>
      {again && (
        <button type="button" class="button" onClick={again}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}

export function Back({ to, children }: { to: string; children: ComponentChildren }) {
  return (
    <Link to={to} class="back">
      <Icon name="back" />
      {children}
    </Link>
  );
}
