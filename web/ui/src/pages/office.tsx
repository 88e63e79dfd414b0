import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { api } from "../api";
import { count } from "../format";
import { useSpeech } from "../i18n";
import { Failed, Loading, useTitle } from "../parts/bits";
import { ForecastCard } from "../parts/forecast";
import { StateIcon } from "../parts/icons";
import { LedgerCard } from "../parts/ledger";
import { RejectedCard, UnknownCard } from "../parts/rejected";
import { GapsCard, SystemCard } from "../parts/system";
import { plan } from "../plan";
import { Link } from "../router";
import { stageKey, stateKey } from "../say";
import { useLoad, useMe } from "../session";
import { type LampState, type Town } from "../types";

const columns: Exclude<LampState, "planned">[] = ["fault", "silent", "unknown", "dark", "lit", "no_radio"];

function Figure({ n, children, to, alarm }: { n: number; children: ComponentChildren; to?: string; alarm?: boolean }) {
  const inside = (
    <>
      <b>{count(n)}</b>
      <span>{children}</span>
    </>
  );
  const look = "figure" + (alarm && n > 0 ? " is-alarm" : "");
  return to ? (
    <Link to={to} class={look}>
      {inside}
    </Link>
  ) : (
    <div class={look}>{inside}</div>
  );
}

function Villages({ town }: { town: Town }) {
  const { t } = useSpeech();
  // A state that no lamp is in needs no column on a phone; those that people look for are there always.
  const shown = columns.filter((s) => town.by_state[s] > 0 || s === "fault" || s === "silent" || s === "lit");
  return (
    <section class="card">
      <h2>{t("officeVillages")}</h2>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("officeVillages")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("village")}</th>
              <th scope="col">{t("officeInstalled")}</th>
              {shown.map((s) => (
                <th key={s} scope="col" class={"is-" + s}>
                  <StateIcon state={s} />
                  {t(stateKey(s))}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {town.villages.map((v) => (
              <tr key={v.village}>
                <th scope="row">
                  <Link to={"/?village=" + encodeURIComponent(v.village)}>{v.village}</Link>
                </th>
                <td>{v.installed}</td>
                {shown.map((s) => (
                  <td key={s} class={v.by_state[s] ? "" : "zero"}>
                    {v.by_state[s]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function PlanCard() {
  const { t } = useSpeech();
  const lamps = useLoad("planned", () => api.lamps("planned"));
  const p = useMemo(() => plan(lamps.value?.lamps ?? []), [lamps.value]);
  return (
    <section class="card">
      <h2>{t("officePlan")}</h2>
      {!lamps.value ? (
        lamps.error ? (
          <Failed within error={lamps.error} again={lamps.again} />
        ) : (
          <Loading />
        )
      ) : p.sum === 0 ? (
        <p class="note">{t("officePlanNone")}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("officePlan")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("village")}</th>
                {p.stages.map((s) => (
                  <th key={s} scope="col">
                    {t(stageKey(s))}
                  </th>
                ))}
                <th scope="col">{t("officeSum")}</th>
              </tr>
            </thead>
            <tbody>
              {p.rows.map((r) => (
                <tr key={r.village}>
                  <th scope="row">{r.village}</th>
                  {r.counts.map((n, i) => (
                    <td key={i} class={n ? "" : "zero"}>
                      {n}
                    </td>
                  ))}
                  <td>
                    <b>{r.sum}</b>
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{t("officeSum")}</th>
                {p.sums.map((n, i) => (
                  <td key={i}>{n}</td>
                ))}
                <td>
                  <b>{p.sum}</b>
                </td>
              </tr>
            </tfoot>
          </table>
        </div>
      )}
    </section>
  );
}

function Rooms({ rooms }: { rooms: NonNullable<Town["rooms"]> }) {
  const { t } = useSpeech();
  return (
    <section class="card">
      <h2>{t("officeRooms")}</h2>
      <ul class="rooms">
        {rooms.map((r) => (
          <li key={r.name} class={r.ready ? "is-ready" : "is-away"}>
            <b>{r.name}</b>
            <span>
              {r.ready ? "✓ " + t("roomReady") : "✗ " + r.reason}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Office() {
  const { t } = useSpeech();
  useTitle(t("navOffice"));
  const person = useMe()?.person;
  const town = useLoad("town", () => api.town());
  const mayNot = person?.role !== "office";
  if (mayNot) {
    const code = person ? "forbidden" : "login_needed";
    return <Failed error={{ code } as never} who={t("whoOffice")} />;
  }
  if (!town.value) return town.error ? <Failed error={town.error} again={town.again} /> : <Loading />;
  const v = town.value;
  return (
    <>
      <h1>{t("officeTitle")}</h1>
      <div class="figures">
        <Figure n={v.installed} to="/">
          {t("officeInstalled")}
        </Figure>
        <Figure n={v.by_state.fault} to="/?state=fault" alarm>
          {t("stateFault")}
        </Figure>
        <Figure n={v.by_state.silent} to="/?state=silent" alarm>
          {t("stateSilent")}
        </Figure>
        {v.tickets && (
          <>
            <Figure n={v.tickets.open} to="/tickets" alarm>
              {t("officeTicketsOpen")}
            </Figure>
            <Figure n={v.tickets.taken} to="/tickets">
              {t("officeTicketsTaken")}
            </Figure>
          </>
        )}
        <Figure n={v.planned}>{t("officePlanned")}</Figure>
      </div>
      <Villages town={v} />
      <ForecastCard />
      <div class="columns">
        <PlanCard />
        {v.rooms && <Rooms rooms={v.rooms} />}
      </div>
      <SystemCard />
      <LedgerCard />
      <GapsCard />
      <div class="columns">
        <RejectedCard />
        <UnknownCard />
      </div>
    </>
  );
}
