import { useEffect } from "preact/hooks";
import { api, now } from "../api";
import { when } from "../format";
import { useSpeech } from "../i18n";
import { ticketChanged } from "../live";
import { Back, Failed, Loading, StateMark, useTitle } from "../parts/bits";
import { FaultWords } from "../parts/fault";
import { Icon } from "../parts/icons";
import { Take } from "../parts/take";
import { faultNames, subjectName, TicketLine } from "../parts/ticketbits";
import { Link } from "../router";
import { severityKey, ticketKey } from "../say";
import { useLoad, useNow } from "../session";
import { useStore } from "../store";
import { lampOf, lamps, wantLamps } from "../town";
import type { LampItem, Ticket } from "../types";

function Story({ ticket }: { ticket: Ticket }) {
  const { t, lang } = useSpeech();
  useNow();
  const at = (ms: number): string => when(ms, now(), lang);
  return (
    <section class="card">
      <h2>{t("story")}</h2>
      <ol class="story">
        <li>
          <time>{at(ticket.raised_at)}</time>
          {t(ticket.asked.length ? "storyRaised" : "storyRaisedNobody")}
          {ticket.asked.length > 0 && (
            <ul class="asked">
              {ticket.asked.map((p) => (
                <li key={p.id}>
                  {p.name}
                  {p.phone && (
                    <a href={"tel:" + p.phone} aria-label={t("callSomeone", { name: p.name })}>
                      <Icon name="phone" />
                      {p.phone}
                    </a>
                  )}
                </li>
              ))}
            </ul>
          )}
        </li>
        {ticket.taken_at !== null && (
          <li>
            <time>{at(ticket.taken_at)}</time>
            {ticket.taken_by ? t("storyTaken", { name: ticket.taken_by.name }) : t("takenByNobody")}
          </li>
        )}
        {ticket.closed_at !== null && (
          <li>
            <time>{at(ticket.closed_at)}</time>
            {t("storyClosed")}
          </li>
        )}
      </ol>
    </section>
  );
}

/** The lamps of a ticket that is about many, each with its courtyard and how it is now. */
function Named({ ids, list }: { ids: string[]; list: LampItem[] | null }) {
  const { t } = useSpeech();
  const isWell = (id: string): boolean => lampOf(list, id)?.faults.length === 0;
  const well = ids.filter(isWell).length;
  const sorted = [...ids.filter((id) => !isWell(id)), ...ids.filter(isWell)]; // who goes looks for those that need it
  return (
    <section class="card">
      <h2>
        {t("ticketLamps", { n: ids.length })} {well > 0 && <small>{t("ticketStormWell", { n: well })}</small>}
      </h2>
      <ul class="named">
        {sorted.map((id) => {
          const lamp = lampOf(list, id);
          return (
            <li key={id}>
              <Link to={"/lamps/" + id}>
                <b>{lamp?.place || id}</b>
                <span>{id}</span>
                {lamp && <StateMark state={lamp.state} />}
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function TicketPage({ id }: { id: string }) {
  const s = useSpeech();
  const { t } = s;
  const ticket = useLoad("ticket " + id, () => api.ticket(id));
  const list = useStore(lamps);
  const changed = useStore(ticketChanged);
  useTitle(t("ticketNo", { id }));
  useNow();
  useEffect(() => wantLamps(), []);
  useEffect(() => {
    if (changed && String(changed.id) === id) ticket.again();
  }, [changed]);

  const x = ticket.value;
  if (!x)
    return (
      <>
        <Back to="/tickets">{t("navTickets")}</Back>
        {ticket.error ? <Failed error={ticket.error} again={ticket.again} who={t("whoVolunteer")} /> : <Loading />}
      </>
    );
  const over = x.state === "closed" || x.state === "rated";
  return (
    <article>
      <Back to="/tickets">{t("navTickets")}</Back>
      <div class="columns">
        <div>
          <section class={"lamp-head ticket-page " + (over ? "is-lit" : "is-fault")}>
            <p class="lamp-where">
              {x.village && x.kind !== "village" ? x.village + " · " : ""}
              {x.lamp ? x.lamp + " · " : ""}
              {t("ticketNo", { id: x.id })}
            </p>
            <h1>
              {subjectName(x, list, s)}
              {x.lamps.length > 0 && " · " + t("ticketMany", { n: x.lamps.length })}
            </h1>
            <p class="lamp-say">{faultNames(x, s)}</p>
            {x.lamps.length > 0 && !over && <p class="lamp-storm">{t("ticketStorm", { n: x.lamps.length })}</p>}
            <p class="ticket-line">
              <em>{over || x.state === "taken" ? t(ticketKey(x.state)) : t(severityKey(x.severity))}</em>
              <TicketLine ticket={x} />
            </p>
            <Take ticket={x} changed={(now) => (now ? ticket.put(now) : ticket.again())} />
            {x.lamp && (
              <Link to={"/lamps/" + x.lamp} class="button">
                {t("seeLamp")}
              </Link>
            )}
          </section>
          {x.lamps.length > 0 && <Named ids={x.lamps} list={list} />}
        </div>
        <div>
          {x.faults.map((f) => x.words[f] && <FaultWords key={f} fault={x.words[f]!} />)}
          {!over && <p class="safety">{t("safety")}</p>}
          <Story ticket={x} />
        </div>
      </div>
    </article>
  );
}
