import { useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError, now } from "../api";
import { when } from "../format";
import { type Key, useSpeech } from "../i18n";
import { unread } from "../live";
import { Empty, Failed, Loading, useTitle } from "../parts/bits";
import { Link } from "../router";
import { useLoad, useMe, useNow } from "../session";
import { useStore } from "../store";
import type { Notice } from "../types";

const kinds: Record<Notice["kind"], Key> = { raised: "noticeRaised", known: "noticeKnown", taken: "noticeTaken", mended: "noticeMended", office: "noticeOffice" };

function Row({ notice, fresh, to }: { notice: Notice; fresh: boolean; to: string | null }) {
  const { t, lang } = useSpeech();
  useNow();
  const inside = (
    <>
      <span class="notice-top">
        <em>{t(kinds[notice.kind])}</em>
        <time>{when(notice.created_at, now(), lang)}</time>
        {fresh && <strong>{t("inboxNew")}</strong>}
      </span>
      <b>{notice.title}</b>
      <span class="notice-text">{notice.text}</span>
    </>
  );
  return (
    <li class={"notice is-" + notice.kind + (fresh ? " is-new" : "")}>{to ? <Link to={to}>{inside}</Link> : <div>{inside}</div>}</li>
  );
}

export function Inbox() {
  const { t } = useSpeech();
  useTitle(t("navInbox"));
  const role = useMe()?.person?.role;
  const first = useLoad("inbox" + role, () => (role ? api.inbox() : Promise.reject(new ApiError("login_needed", "", ""))));
  const fresh = useStore(unread);
  const [older, add] = useState<{ notices: Notice[]; next: number | null } | null>(null);
  // What was new when it was first shown stays marked until the person leaves the page.
  const seenNew = useRef(new Set<number>());

  useEffect(() => {
    if (first.value && fresh > 0) first.again();
  }, [fresh]);
  useEffect(() => {
    const newest = first.value?.notices[0];
    if (!newest || !first.value!.unread) return;
    first.value!.notices.forEach((n) => n.read_at === null && seenNew.current.add(n.id));
    api.read(newest.id).then(
      (left) => unread.set(left.unread),
      () => undefined, // they stay unread, and the next look tries again
    );
  }, [first.value]);

  if (!first.value) return first.error ? <Failed error={first.error} again={first.again} /> : <Loading />;
  const list = first.value.notices.concat(older?.notices ?? []);
  const next = older ? older.next : first.value.next;
  const to = (n: Notice): string | null =>
    role === "volunteer" || role === "office" ? (n.ticket ? "/tickets/" + n.ticket : n.lamp ? "/lamps/" + n.lamp : null) : n.lamp ? "/lamps/" + n.lamp : null;
  return (
    <>
      <h1>{t("inboxTitle")}</h1>
      {list.length === 0 ? (
        <Empty within title={t("inboxNone")} hint={t("inboxNoneHint")} />
      ) : (
        <ul class="notices">
          {list.map((n) => (
            <Row key={n.id} notice={n} fresh={n.read_at === null || seenNew.current.has(n.id)} to={to(n)} />
          ))}
        </ul>
      )}
      {next !== null && (
        <button
          type="button"
          class="button more"
          onClick={() =>
            api.inbox(next).then(
              (page) => add({ notices: (older?.notices ?? []).concat(page.notices), next: page.next }),
              () => undefined, // the button stays for another try
            )
          }
        >
          {t("inboxMore")}
        </button>
      )}
    </>
  );
}
