import { num } from "./format";
import type { Speech } from "./i18n";

/**
 * A schedule as a registry file has it ("dusk+4h:30 dawn:0", "motion 20/60"), in words.
 * What it cannot read it gives back as it is.
 */
export function scheduleWords(schedule: string, s: Speech): string {
  const motion = /^motion\s+([\d.]+)\/([\d.]+)$/.exec(schedule.trim());
  if (motion) return s.t("scheduleMotion", { idle: motion[1]!, full: motion[2]! });
  const parts: string[] = [];
  for (const word of schedule.trim().split(/\s+/)) {
    const m = /^(dusk|dawn)(?:([+-])(?:([\d.]+)h)?(?:([\d.]+)m)?(?:[\d.]+s)?)?:([\d.]+)$/.exec(word); // Go durations
    if (!m) return schedule;
    const hours = Number(m[3] ?? 0) + Number(m[4] ?? 0) / 60;
    const level = Number(m[5]);
    const how = level === 0 ? s.t("off") : s.t("bright", { n: num(level, 0) });
    let at: string;
    if (m[1] === "dusk") at = hours === 0 ? s.t("dusk") : s.t("duskPlus", { n: num(hours, 1) });
    else if (m[2] === "+") return schedule;
    else at = hours === 0 ? s.t("dawn") : s.t("dawnMinus", { n: num(hours, 1) });
    parts.push(at + " " + how);
  }
  return parts.length ? parts.join(s.lang === "zh" ? "，" : ", ") : schedule;
}
