import type { Lang } from "./types";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, to the unit a person would use. Intl.RelativeTimeFormat is too new for our phones. */
export function ago(t: number | null, now: number, lang: Lang): string {
  if (t === null) return lang === "zh" ? "从未" : "never";
  const d = now - t;
  if (d < minute) return lang === "zh" ? "刚刚" : "just now";
  if (d < hour) return lang === "zh" ? `${Math.floor(d / minute)} 分钟前` : `${Math.floor(d / minute)} min ago`;
  if (d < day) return lang === "zh" ? `${Math.floor(d / hour)} 小时前` : `${Math.floor(d / hour)} h ago`;
  const n = Math.floor(d / day);
  if (n < 60) return lang === "zh" ? `${n} 天前` : n === 1 ? "1 day ago" : `${n} days ago`;
  return date(t, lang);
}

/** A span of time, such as "2 小时 5 分" or "3 days". */
export function span(ms: number, lang: Lang): string {
  const m = Math.max(1, Math.round(ms / minute));
  if (m < 60) return lang === "zh" ? `${m} 分钟` : `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 24) {
    const rest = m % 60;
    if (rest === 0) return lang === "zh" ? `${h} 小时` : `${h} h`;
    return lang === "zh" ? `${h} 小时 ${rest} 分` : `${h} h ${rest} min`;
  }
  const d = Math.floor(h / 24);
  return lang === "zh" ? `${d} 天` : d === 1 ? "1 day" : `${d} days`;
}

const two = (n: number): string => (n < 10 ? "0" + n : String(n));
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function time(t: number): string {
  const d = new Date(t);
  return two(d.getHours()) + ":" + two(d.getMinutes());
}

export function date(t: number, lang: Lang): string {
  const d = new Date(t);
  return lang === "zh"
    ? `${d.getFullYear()}年${d.getMonth() + 1}月${d.getDate()}日`
    : `${d.getDate()} ${months[d.getMonth()]} ${d.getFullYear()}`;
}

export function shortDate(t: number, lang: Lang): string {
  const d = new Date(t);
  return lang === "zh" ? `${d.getMonth() + 1}月${d.getDate()}日` : `${d.getDate()} ${months[d.getMonth()]}`;
}

/** Day and time, with 今天 and 昨天 where that says more than a date. */
export function when(t: number, now: number, lang: Lang): string {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const start = midnight.getTime();
  if (t >= start && t < start + day) return (lang === "zh" ? "今天 " : "today ") + time(t);
  if (t >= start - day && t < start) return (lang === "zh" ? "昨天 " : "yesterday ") + time(t);
  return shortDate(t, lang) + " " + time(t);
}

/** The name of a night: the day it begins on, YYYY-MM-DD, as 11/22. */
export function nightName(night: string): string {
  return Number(night.slice(5, 7)) + "/" + Number(night.slice(8, 10));
}

/** A date of a registry file, YYYY-MM-DD, in words; anything else as it is. */
export function fileDate(s: string, lang: Lang): string {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(s);
  if (!m) return s;
  return lang === "zh" ? `${m[1]}年${Number(m[2])}月${Number(m[3])}日` : `${Number(m[3])} ${months[Number(m[2]) - 1]} ${m[1]}`;
}

/** A figure with at most n decimals and no trailing zeros. */
export function num(x: number, n = 1): string {
  const s = x.toFixed(n);
  return n > 0 ? s.replace(/\.?0+$/, "") : s;
}

/** An integer in groups of three; Intl would differ between phones. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Hours with one decimal, for light-hours. */
export const hours = (h: number, lang: Lang): string => num(h, 1) + (lang === "zh" ? " 小时" : " h");
