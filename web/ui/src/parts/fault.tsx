import { useSpeech } from "../i18n";
import { severityKey } from "../say";
import { useMe } from "../session";
import type { Fault } from "../types";
import { Icon } from "./icons";

/** One fault of the catalogue: what it means for everyone, and for volunteers what to bring and check. */
export function FaultWords({ fault }: { fault: Fault }) {
  const { t, words } = useSpeech();
  const role = useMe()?.person?.role;
  const goes = role === "volunteer" || role === "office" || role === "supplier";
  return (
    <section class={"card fault is-" + fault.severity}>
      <h2>
        {words(fault.title)} <small>{t(severityKey(fault.severity))}</small>
      </h2>
      <p>{words(fault.villager)}</p>
      {goes && <Work fault={fault} />}
    </section>
  );
}

/** What a volunteer needs of a fault. */
export function Work({ fault }: { fault: Fault }) {
  const { t, words } = useSpeech();
  return (
    <>
      <p class="probably">{words(fault.volunteer)}</p>
      <dl class="work">
        <div>
          <dt>
            <Icon name="bring" />
            {t("bring")}
          </dt>
          <dd>{words(fault.bring)}</dd>
        </div>
        <div>
          <dt>
            <Icon name="check" />
            {t("check")}
          </dt>
          <dd>{words(fault.check)}</dd>
        </div>
      </dl>
    </>
  );
}
