import { now } from "../api";
import { ago, span, when } from "../format";
import { type Speech, useSpeech } from "../i18n";
import { lampOf } from "../town";
import type { LampItem, Ticket } from "../types";

/** What a ticket is about, in words: the courtyard rather than a code. */
export function subjectName(ticket: Ticket, lamps: LampItem[] | null, s: Speech): string {
  const id = ticket.subject.slice(ticket.subject.indexOf(":") + 1);
  switch (ticket.kind) {
    case "lamp":
      return lampOf(lamps, ticket.lamp)?.place || ticket.lamp;
    case "gateway":
      return s.t("subjectGateway", { id });
    case "place":
      return s.t("subjectPlace", { id });
    case "village":
      return s.t("subjectVillage", { id });
    case "town":
      return s.t("subjectTown");
  }
}

export function faultNames(ticket: Ticket, s: Speech): string {
  const names = ticket.faults.map((f) => (ticket.words[f] ? s.words(ticket.words[f]!.title) : f));
  return names.join(s.lang === "zh" ? "、" : ", ");
}

/** Where the ticket stands, in one line. */
export function TicketLine({ ticket }: { ticket: Ticket }) {
  const { t, lang } = useSpeech();
  if (ticket.state === "open") return <>{t("raised", { ago: ago(ticket.raised_at, now(), lang) })}</>;
  if (ticket.state === "taken") {
    const who = ticket.mine ? t("takenByMe") : ticket.taken_by ? t("takenBy", { name: ticket.taken_by.name }) : t("takenByNobody");
    return (
      <>
        {who}
        {ticket.taken_at === null ? "" : " · " + t("takenAt", { when: when(ticket.taken_at, now(), lang) })}
      </>
    );
  }
  if (ticket.closed_at === null) return null;
  return (
    <>
      <span class="part">{t("closedAt", { when: when(ticket.closed_at, now(), lang) })}</span>{" "}
      <span class="part">{t("closedTook", { span: span(ticket.closed_at - ticket.raised_at, lang) })}</span>
    </>
  );
}
