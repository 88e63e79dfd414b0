import { span } from "./format";
import type { Key, Speech } from "./i18n";
import type { Lamp, LampState, Night, Severity, Stage, Ticket } from "./types";

const stateKeys: Record<LampState, Key> = {
  lit: "stateLit",
  dark: "stateDark",
  fault: "stateFault",
  silent: "stateSilent",
  unknown: "stateUnknown",
  no_radio: "stateNoRadio",
  planned: "statePlanned",
};
export const stateKey = (s: LampState): Key => stateKeys[s];

const hintKeys: Record<LampState, Key> = {
  lit: "hintLit",
  dark: "hintDark",
  fault: "hintFault",
  silent: "hintSilent",
  unknown: "hintUnknown",
  no_radio: "hintNoRadio",
  planned: "statePlanned",
};
export const stateHintKey = (s: LampState): Key => hintKeys[s];

const stageKeys: Record<Stage, Key> = {
  "": "stageUnregistered",
  proposed: "stageProposed",
  agreed: "stageAgreed",
  funded: "stageFunded",
  installing: "stageInstalling",
  installed: "stageInstalled",
  retired: "stageRetired",
};
export const stageKey = (s: Stage): Key => stageKeys[s];

const severityKeys: Record<Severity, Key> = { minor: "sevMinor", major: "sevMajor", urgent: "sevUrgent", hazard: "sevHazard" };
export const severityKey = (s: Severity): Key => severityKeys[s];

const ticketKeys: Record<Ticket["state"], Key> = { open: "stateTOpen", taken: "stateTTaken", closed: "stateTClosed", rated: "stateTRated" };
export const ticketKey = (s: Ticket["state"]): Key => ticketKeys[s];

const dayMs = 86_400_000;

/**
 * Whether it is dark at the lamp, by its newest finished night moved to today:
 * dusk moves by two minutes a day at most, so a week-old night is good enough for a sentence.
 */
export function darkNow(nights: Night[], now: number): boolean | null {
  let last: Night | undefined;
  for (const n of nights) if (!last || n.dusk > last.dusk) last = n;
  if (!last || now - last.dusk > 10 * dayMs) return null;
  const since = (now - last.dusk) % dayMs;
  return since >= 0 && since < last.dawn - last.dusk;
}

/** The lamp's state in one plain sentence. dark is whether it is night there; null where not known. */
export function sentence(lamp: Lamp, now: number, dark: boolean | null, s: Speech): string {
  const silence = lamp.last_seen === null ? "" : span(now - lamp.last_seen, s.lang);
  switch (lamp.state) {
    case "lit":
      return s.t("sayLit");
    case "dark":
      return s.t(dark === null ? "sayDark" : dark ? "sayDarkNight" : "sayDarkDay");
    case "fault": {
      const names = lamp.faults.map((f) => (lamp.words[f] ? s.words(lamp.words[f]!.title) : f));
      return s.t("sayFault", { fault: s.lang === "zh" ? names.join("、") : names.map((n) => n.charAt(0).toLowerCase() + n.slice(1)).join(", ") });
    }
    case "silent":
      return silence ? s.t("saySilent", { span: silence }) : s.t("saySilentNever");
    case "unknown":
      if (!silence) return s.t("sayUnknownNever");
      return now - lamp.last_seen! < 2 * 3_600_000 ? s.t("sayUnreadable") : s.t("sayUnknown", { span: silence });
    case "no_radio":
      return s.t("sayNoRadio");
    case "planned":
      return lamp.stage === "retired" ? s.t("sayRetired") : s.t("sayPlanned", { stage: s.t(stageKey(lamp.stage)) });
  }
}

/** How a night went: lit in full is within a quarter of an hour, or five in a hundred, of what was promised. */
export function nightVerdict(n: Night): "good" | "short" | "unseen" {
  if (n.observed_h < 1) return "unseen";
  if (n.expected_h === null) return "good";
  return n.expected_h - n.lit_h <= Math.max(0.25, n.expected_h * 0.05) ? "good" : "short";
}
