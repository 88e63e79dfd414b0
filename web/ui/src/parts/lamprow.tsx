import { Component } from "preact";
import { now } from "../api";
import { ago } from "../format";
import { useSpeech } from "../i18n";
import { Link } from "../router";
import { stateKey } from "../say";
import { useNow } from "../session";
import { useStore } from "../store";
import { catalogue } from "../town";
import type { LampItem } from "../types";
import { Battery } from "./bits";
import { StateIcon } from "./icons";

interface Props {
  lamp: LampItem;
  showVillage: boolean;
}

function Seen({ at }: { at: number | null }) {
  const { t, lang } = useSpeech();
  useNow(); // drawn anew each half minute; compared with the newest reading's time by the true clock
  return <span class="seen">{at === null ? t("never") : ago(at, now(), lang)}</span>;
}

function Inside({ lamp, showVillage }: Props) {
  const { t, words } = useSpeech();
  const known = useStore(catalogue);
  const fault = lamp.state === "fault" ? known?.[lamp.faults[0] ?? ""] : undefined; // what is wrong says more than that something is
  return (
    <Link to={"/lamps/" + encodeURIComponent(lamp.id)} class={"row is-" + lamp.state}>
      <span class="row-icon">
        <StateIcon state={lamp.state} />
      </span>
      <span class="row-name">{lamp.place || lamp.id}</span>
      <span class="row-state">{fault ? words(fault.title) : t(stateKey(lamp.state))}</span>
      <span class="row-code">
        {showVillage && lamp.village ? lamp.village + " " : ""}
        {lamp.id}
      </span>
      <span class="row-side">
        {lamp.state !== "no_radio" && <Battery soc={lamp.battery_soc_pct} volts={lamp.battery_v} />}
        {lamp.state !== "no_radio" && <Seen at={lamp.last_seen} />}
      </span>
    </Link>
  );
}

/** One lamp of a list. Only those that changed are drawn again. */
export class LampRow extends Component<Props> {
  shouldComponentUpdate(next: Props): boolean {
    return next.lamp !== this.props.lamp || next.showVillage !== this.props.showVillage;
  }
  render() {
    return (
      <li>
        <Inside lamp={this.props.lamp} showVillage={this.props.showVillage} />
      </li>
    );
  }
}
