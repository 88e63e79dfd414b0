import type { Severity, Ticket } from "./types";

const severities: Severity[] = ["hazard", "urgent", "major", "minor"];

export interface Board {
  mine: Ticket[]; // I go
  open: Ticket[]; // nobody goes yet
  others: Ticket[]; // somebody else goes
  closed: Ticket[];
}

const bySeverity = (a: Ticket, b: Ticket): number =>
  severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.raised_at - b.raised_at || a.id - b.id;

/** Sorts tickets as a volunteer goes about them: the worst first, and of equals the one that waits longest. */
export function board(tickets: Ticket[]): Board {
  const out: Board = { mine: [], open: [], others: [], closed: [] };
  for (const t of tickets) {
    if (t.state === "open") out.open.push(t);
    else if (t.state === "taken") (t.mine ? out.mine : out.others).push(t);
    else out.closed.push(t);
  }
  out.open.sort(bySeverity);
  out.mine.sort(bySeverity);
  out.others.sort(bySeverity);
  out.closed.sort((a, b) => (b.closed_at ?? b.raised_at) - (a.closed_at ?? a.raised_at) || b.id - a.id);
  return out;
}
