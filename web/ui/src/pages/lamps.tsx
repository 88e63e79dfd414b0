import { useEffect, useMemo, useState } from "preact/hooks";
import { count } from "../format";
import { useSpeech } from "../i18n";
import { byVillage, countStates, type Filter, filterLamps, type Group, isFiltered, noFilter, states, villagesOf, worstFirst } from "../lamps";
import { Empty, Failed, Loading, useTitle } from "../parts/bits";
import { Icon, StateIcon } from "../parts/icons";
import { LampRow } from "../parts/lamprow";
import { Sky } from "../parts/sky";
import { go, usePlace } from "../router";
import { stateHintKey, stateKey } from "../say";
import { useStore } from "../store";
import { lamps, lampsError, wantLamps } from "../town";
import type { LampItem, LampState } from "../types";

const page = 60; // rows at once; drawing 400 takes an old phone seconds

function filterOf(query: URLSearchParams): Filter {
  const state = (query.get("state") ?? "") as LampState;
  return { text: query.get("q") ?? "", state: states.includes(state) ? state : "", village: query.get("village") ?? "" };
}

// The filter is in the address, so that "back" from a lamp finds it again and it can be sent on.
function setFilter(f: Filter): void {
  const query = new URLSearchParams();
  if (f.text) query.set("q", f.text);
  if (f.state) query.set("state", f.state);
  if (f.village) query.set("village", f.village);
  const text = query.toString();
  go(text ? "/?" + text : "/", "replace");
}

function Rows({ list, showVillage }: { list: LampItem[]; showVillage?: boolean }) {
  const { t } = useSpeech();
  const [shown, show] = useState(page);
  const left = list.length - shown;
  return (
    <>
      <ul class="rows">
        {list.slice(0, shown).map((l) => (
          <LampRow key={l.id} lamp={l} showVillage={showVillage ?? false} />
        ))}
      </ul>
      {left > 0 && (
        <button type="button" class="button more" onClick={() => show(shown + page)}>
          {t("showMore", { n: Math.min(left, page) })}
        </button>
      )}
    </>
  );
}

function Village({ group, open, toggle }: { group: Group; open: boolean; toggle: () => void }) {
  const { t } = useSpeech();
  return (
    <section class="village">
      <h2>
        <button type="button" aria-expanded={open} onClick={toggle}>
          <span class="name">{group.village}</span>
          <span class="counts">
            {(["fault", "silent", "lit"] as const).map(
              (s) =>
                group.counts[s] > 0 && (
                  <span key={s} class={"is-" + s}>
                    <StateIcon state={s} />
                    {group.counts[s]}
                    <span class="visually-hidden"> {t(stateKey(s))}</span>
                  </span>
                ),
            )}
            <span class="all">{t("villageCount", { n: group.lamps.length })}</span>
          </span>
          <Icon name="down" />
        </button>
      </h2>
      {open && <Rows list={group.lamps} />}
    </section>
  );
}

function Search({ filter }: { filter: Filter }) {
  const { t } = useSpeech();
  return (
    <div class="search">
      <Icon name="search" />
      <input
        type="search"
        enterkeyhint="search"
        autocomplete="off"
        aria-label={t("search")}
        placeholder={t("searchHint")}
        value={filter.text}
        onInput={(e) => setFilter({ ...filter, text: e.currentTarget.value })}
      />
      {filter.text && (
        <button type="button" class="quiet" aria-label={t("searchClear")} onClick={() => setFilter({ ...filter, text: "" })}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

export function Lamps() {
  const { t } = useSpeech();
  useTitle(t("navLamps"));
  useEffect(() => wantLamps(), []);
  const list = useStore(lamps);
  const error = useStore(lampsError);
  const filter = filterOf(usePlace().query);
  const [opened, open] = useState<Record<string, boolean>>({});

  const counts = useMemo(() => countStates(list ?? []), [list]);
  const villages = useMemo(() => villagesOf(list ?? []), [list]);
  const found = useMemo(() => filterLamps(list ?? [], filter), [list, filter.text, filter.state, filter.village]);
  const groups = useMemo(() => byVillage(found), [found]);

  if (!list) return error ? <Failed error={error} again={() => wantLamps(true)} /> : <Loading />;
  if (list.length === 0) return <Empty title={t("noLamps")} hint={t("noLampsHint")} />;

  const narrowed = isFiltered(filter);
  const helpless = list.filter((l) => l.state === "fault").sort(worstFirst);
  return (
    <>
      <Sky lamps={list} counts={counts} />
      <div class="finder">
        <Search filter={filter} />
        <div class="chips" role="group" aria-label={t("filterState")}>
          <button type="button" aria-pressed={filter.state === ""} onClick={() => setFilter({ ...filter, state: "" })}>
            {t("all")} <b>{count(list.length)}</b>
          </button>
          {states.map(
            (s) =>
              (counts[s] > 0 || filter.state === s || s === "fault") && (
                <button
                  key={s}
                  type="button"
                  class={"is-" + s}
                  title={t(stateHintKey(s))}
                  aria-pressed={filter.state === s}
                  onClick={() => setFilter({ ...filter, state: filter.state === s ? "" : s })}
                >
                  <StateIcon state={s} />
                  {t(stateKey(s))} <b>{counts[s]}</b>
                </button>
              ),
          )}
        </div>
        <div class="chips" role="group" aria-label={t("filterVillage")}>
          {["", ...villages].map((v) => (
            <button key={v} type="button" aria-pressed={filter.village === v} onClick={() => setFilter({ ...filter, village: filter.village === v ? "" : v })}>
              {v || t("allVillages")}
            </button>
          ))}
        </div>
      </div>
      {narrowed ? (
        <section class="found">
          <p class="found-line" role="status">
            {found.length ? t("found", { n: found.length }) : ""}
            {found.length > 0 && (
              <button type="button" class="quiet" onClick={() => setFilter(noFilter)}>
                {t("clearAll")}
              </button>
            )}
          </p>
          {found.length ? (
            <Rows key={filter.state + filter.village} list={found.sort(worstFirst)} showVillage={filter.village === ""} />
          ) : (
            <Empty within title={t("foundNone")} hint={t("foundNoneHint")}>
              <button type="button" class="button" onClick={() => setFilter(noFilter)}>
                {t("clearAll")}
              </button>
            </Empty>
          )}
        </section>
      ) : (
        <>
          <section class="helpless">
            <h2>{t("needHelp")}</h2>
            {helpless.length ? <Rows list={helpless} showVillage /> : <p class="well">{t("needHelpNone")}</p>}
          </section>
          {groups.map((g) => (
            <Village key={g.village} group={g} open={!!opened[g.village]} toggle={() => open({ ...opened, [g.village]: !opened[g.village] })} />
          ))}
        </>
      )}
    </>
  );
}
