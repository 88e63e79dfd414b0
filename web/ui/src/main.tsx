import "./old";
import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/frame.css";
import "./style/lamps.css";
import "./style/lamp.css";
import "./style/tickets.css";
import "./style/office.css";

render(<App />, document.getElementById("page")!);
