import { useEffect, useState } from "preact/hooks";
import { api, ApiError } from "../api";
import { type Key, useSpeech } from "../i18n";
import { ticketChanged } from "../live";
import { Empty, Failed, Loading, useTitle } from "../parts/bits";
import { Work } from "../parts/fault";
import { Icon } from "../parts/icons";
import { Take } from "../parts/take";
import { faultNames, subjectName, TicketLine } from "../parts/ticketbits";
import { go, Link } from "../router";
import { severityKey } from "../say";
import { useLoad, useMe, useNow } from "../session";
import { useStore } from "../store";
import { board } from "../tickets";
import { lamps, wantLamps } from "../town";
import type { LampItem, Ticket } from "../types";

const closedShown = 5;

interface CardProps {
  ticket: Ticket;
  list: LampItem[] | null;
  changed: (id: number, t: Ticket | null) => void;
}

/** An open or taken ticket, with all that is needed on the way. */
function Card({ ticket, list, changed }: CardProps) {
  const s = useSpeech();
  useNow();
  const worst = ticket.words[ticket.faults[0] ?? ""];
  return (
    <li class={"card ticket is-" + ticket.severity}>
      <Link to={"/tickets/" + ticket.id} class="ticket-head">
        <span class="ticket-where">
          {ticket.kind === "village" ? s.t("ticketNo", { id: ticket.id }) : ticket.village}
          {ticket.lamp ? " · " + ticket.lamp : ""}
        </span>
        <b>
          {subjectName(ticket, list, s)}
          {ticket.lamps.length > 0 && " · " + s.t("ticketMany", { n: ticket.lamps.length })}
        </b>
        <span class="ticket-fault">{faultNames(ticket, s)}</span>
        <span class="ticket-line">
          <em>{s.t(severityKey(ticket.severity))}</em>
          <TicketLine ticket={ticket} />
        </span>
      </Link>
      {worst && (ticket.state === "open" || ticket.mine) && <Work fault={worst} />}
      <Take ticket={ticket} changed={(t) => changed(ticket.id, t)} />
    </li>
  );
}

function Small({ ticket, list }: { ticket: Ticket; list: LampItem[] | null }) {
  const s = useSpeech();
  useNow();
  return (
    <li>
      <Link to={"/tickets/" + ticket.id} class="row is-closed">
        <span class="row-icon">
          <Icon name={ticket.state === "taken" ? "tickets" : "check"} />
        </span>
        <span class="row-name">{subjectName(ticket, list, s)}</span>
        <span class="row-code">
          {faultNames(ticket, s)}
          {ticket.lamp ? " · " + ticket.lamp : ""}
        </span>
        <span class="row-line">
          <TicketLine ticket={ticket} />
        </span>
      </Link>
    </li>
  );
}

export function Tickets() {
  const { t } = useSpeech();
  const role = useMe()?.person?.role;
  const may = role === "volunteer" || role === "office";
  const tickets = useLoad("tickets" + may, () => (may ? api.tickets() : Promise.reject(new ApiError(role ? "forbidden" : "login_needed", "", ""))));
  const list = useStore(lamps);
  const changed = useStore(ticketChanged);
  const [allClosed, showAll] = useState(false);
  useTitle(t("navTickets"));
  useEffect(() => wantLamps(), []);
  useEffect(() => {
    if (changed) tickets.again();
  }, [changed]);

  if (!tickets.value) {
    if (!tickets.error) return <Loading />;
    if (role === "resident") return <Empty title={t("errorForbidden", { who: t("whoVolunteer") })} hint={t("ticketsResident")} />;
    return <Failed error={tickets.error} again={tickets.again} who={t("whoVolunteer")} />;
  }
  const b = board(tickets.value.tickets);
  const put = (id: number, now: Ticket | null): void => {
    if (now) tickets.put({ tickets: tickets.value!.tickets.map((x) => (x.id === id ? now : x)) });
    else tickets.again();
  };
  const cards = (title: Key, some: Ticket[]) =>
    some.length > 0 && (
      <section key={title}>
        <h2>
          {t(title)} <small>{some.length}</small>
        </h2>
        <ul class="tickets">
          {some.map((x) => (
            <Card key={x.id} ticket={x} list={list} changed={put} />
          ))}
        </ul>
      </section>
    );
  const closed = allClosed ? b.closed : b.closed.slice(0, closedShown);
  return (
    <>
      <h1>{t(role === "office" ? "ticketsOffice" : "ticketsTitle")}</h1>
      {b.open.length + b.mine.length === 0 && (
        <Empty within title={t("ticketsNone")} hint={t("ticketsNoneHint")}>
          <button type="button" class="button" onClick={() => go("/")}>
            {t("allLamps")}
          </button>
        </Empty>
      )}
      {cards("ticketsMine", b.mine)}
      {cards("ticketsOpen", b.open)}
      {cards("ticketsOthers", b.others)}
      {b.closed.length > 0 && (
        <section>
          <h2>
            {t("ticketsClosed")} <small>{b.closed.length}</small>
          </h2>
          <ul class="rows">
            {closed.map((x) => (
              <Small key={x.id} ticket={x} list={list} />
            ))}
          </ul>
          {b.closed.length > closed.length && (
            <button type="button" class="button more" onClick={() => showAll(true)}>
              {t("showMoreTickets", { n: b.closed.length - closed.length })}
            </button>
          )}
        </section>
      )}
    </>
  );
}
