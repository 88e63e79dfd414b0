import { useEffect, useMemo, useState } from "preact/hooks";
import { api, ApiError } from "./api";
import { chooseLang, chosenLang, learn, speech, SpeechContext, useSpeech } from "./i18n";
import { follow, hellos, unread } from "./live";
import { Frame } from "./parts/frame";
import { Empty, Failed, Loading } from "./parts/bits";
import { Inbox } from "./pages/inbox";
import { LampPage } from "./pages/lamp";
import { Lamps } from "./pages/lamps";
import { Office } from "./pages/office";
import { TicketPage } from "./pages/ticket";
import { Tickets } from "./pages/tickets";
import { usePlace } from "./router";
import { me } from "./session";
import { useStore } from "./store";
import type { Lang } from "./types";

function Page() {
  const { path } = usePlace();
  const [, root, id, more] = path.split("/");
  if (more === undefined) {
    if (path === "/" || path === "/index.html") return <Lamps />;
    if (root === "lamps" && id) return <LampPage key={id} id={decodeURIComponent(id)} />;
    if (path === "/lamps") return <Lamps />;
    if (root === "tickets" && id) return <TicketPage key={id} id={id} />;
    if (path === "/tickets") return <Tickets />;
    if (path === "/inbox") return <Inbox />;
    if (path === "/office") return <Office />;
  }
  return <NoPage />;
}

function NoPage() {
  const { t } = useSpeech();
  return <Empty title={t("errorNotFound")} hint={t("errorNotFoundPage")} />;
}

export function App() {
  const who = useStore(me);
  const stream = useStore(hellos);
  const [error, setError] = useState<ApiError | null>(null);
  const [chosen, choose] = useState<Lang | null>(chosenLang());
  const wanted = chosen ?? who?.person?.language ?? "zh";
  const [lang, speak] = useState<Lang>("zh");
  const words = useMemo(() => speech(lang), [lang]);
  useEffect(() => {
    let current = true;
    const now = (): void => {
      if (current) speak(wanted);
    };
    learn(wanted).then(now, () => undefined); // without signal it stays as it is
    return () => {
      current = false;
    };
  }, [wanted]);

  const ask = (): void => {
    api.me().then(
      (m) => {
        setError(null);
        me.set(m);
        unread.set(m.unread);
      },
      (e: ApiError) => setError(e),
    );
  };
  useEffect(ask, [stream]);
  const known = who !== null;
  useEffect(() => {
    if (known) follow(); // a stream before we know who looks would miss the person's own notices
  }, [known]);
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  }, [lang]);

  return (
    <SpeechContext.Provider value={words}>
      <Frame
        choose={(l) => {
          chooseLang(l);
          choose(l);
        }}
      >
        {who ? <Page /> : error ? <Failed error={error} again={ask} /> : <Loading />}
      </Frame>
    </SpeechContext.Provider>
  );
}
