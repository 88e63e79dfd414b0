import type { ComponentChildren } from "preact";
import { api, now } from "../api";
import { ago } from "../format";
import { type Key, useSpeech } from "../i18n";
import { connection, unread } from "../live";
import { Link, usePlace } from "../router";
import { me, useNow } from "../session";
import { useStore } from "../store";
import type { Lang, Me } from "../types";
import { Icon } from "./icons";

interface Tab {
  to: string;
  icon: "lamps" | "tickets" | "inbox" | "office";
  text: Key;
}

/** The pages a person has use for. */
function tabs(who: Me | null): Tab[] {
  const out: Tab[] = [{ to: "/", icon: "lamps", text: "navLamps" }];
  const role = who?.person?.role;
  if (role === "volunteer" || role === "office") out.push({ to: "/tickets", icon: "tickets", text: "navTickets" });
  if (role) out.push({ to: "/inbox", icon: "inbox", text: "navInbox" });
  if (role === "office") out.push({ to: "/office", icon: "office", text: "navOffice" });
  return out;
}

function here(path: string, to: string): boolean {
  return to === "/" ? path === "/" || path.startsWith("/lamps") : path.startsWith(to);
}

function Connection() {
  const { t } = useSpeech();
  const { is } = useStore(connection);
  const text = is === "live" ? t("live") : is === "lost" ? t("liveShort") : t("liveConnecting");
  return (
    <span class={"connection is-" + is} role="status">
      <i aria-hidden="true" />
      {text}
    </span>
  );
}

/** Says how old the page is once the connection is gone. */
function Lost() {
  const { t, lang } = useSpeech();
  const c = useStore(connection);
  useNow();
  if (c.is !== "lost") return null;
  return (
    <p class="lost" role="alert">
      {t("liveLost", { ago: ago(c.at, now(), lang) })}
    </p>
  );
}

export function Frame({ choose, children }: { choose: (l: Lang) => void; children: ComponentChildren }) {
  const { t, lang } = useSpeech();
  const who = useStore(me);
  const fresh = useStore(unread);
  const { path } = usePlace();
  const list = tabs(who);
  const leave = (): void => {
    api.logout().then(
      () => location.assign("/"),
      () => location.reload(),
    );
  };
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <header class="top">
        <div class="wide">
          <Link to="/" class="brand">
            <span class="fly" aria-hidden="true" />
            <span>
              <b>{t("brand")}</b>
              <small>{who ? t("brandLine", { town: who.town.name }) : ""}</small>
            </span>
          </Link>
          {list.length > 1 && (
            <nav class="tabs" aria-label={t("nav")}>
              {list.map((tab) => (
                <Link key={tab.to} to={tab.to} aria-current={here(path, tab.to) ? "page" : undefined}>
                  <Icon name={tab.icon} />
                  <span>{t(tab.text)}</span>
                  {tab.to === "/inbox" && fresh > 0 && (
                    <em>
                      {fresh}
                      <span class="visually-hidden"> {t("inboxUnread", { n: "" })}</span>
                    </em>
                  )}
                </Link>
              ))}
            </nav>
          )}
          <div class="tools">
            <Connection />
            <button type="button" class="quiet" lang={lang === "zh" ? "en" : "zh-CN"} onClick={() => choose(lang === "zh" ? "en" : "zh")}>
              {t("language")}
            </button>
          </div>
        </div>
      </header>
      <Lost />
      <main id="main" class="wide" tabIndex={-1}>
        {children}
      </main>
      <footer class="wide">
        {who?.person ? (
          <p>
            {t("hello", { name: who.person.name })}
            <button type="button" class="quiet" onClick={leave}>
              {t("logout")}
            </button>
          </p>
        ) : (
          <p>{who ? t("notLoggedIn") : ""}</p>
        )}
        <p class="fine">{who ? t("brand") + " " + who.version : ""}</p>
      </footer>
    </>
  );
}
