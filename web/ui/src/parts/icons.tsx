import type { LampState } from "../types";

// Each state has a shape of its own, so that no one needs to tell colours apart.
const shapes: Record<LampState, preact.JSX.Element> = {
  lit: (
    <>
      <circle cx="12" cy="12" r="5.2" class="fill" />
      <path d="M12 1.5v3M12 19.5v3M1.5 12h3M19.5 12h3M4.6 4.6l2.1 2.1M17.3 17.3l2.1 2.1M4.6 19.4l2.1-2.1M17.3 6.7l2.1-2.1" />
    </>
  ),
  dark: <path d="M19.5 14.6A8.2 8.2 0 0 1 9.4 4.5a8.2 8.2 0 1 0 10.1 10.1z" class="hollow" />,
  fault: (
    <>
      <path d="M12 2.6 22.4 21H1.6z" class="fill" />
      <path d="M12 9.2v5.2M12 17.4v.4" class="cut" />
    </>
  ),
  silent: (
    <>
      <path d="M4 9.5a12 12 0 0 1 16 0M7.4 13.4a7 7 0 0 1 9.2 0" class="faint" />
      <circle cx="12" cy="18" r="1.6" class="fill" />
      <path d="M4 3.5l16 17.5" />
    </>
  ),
  unknown: (
    <>
      <circle cx="12" cy="12" r="9.2" class="hollow" />
      <path d="M9.3 9.4a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.2.9-1.2 1.8M12 17v.3" />
    </>
  ),
  no_radio: (
    <>
      <path d="M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 2.5 12z" class="hollow" />
      <circle cx="12" cy="12" r="2.6" class="fill" />
    </>
  ),
  planned: <path d="M12 2.8v18.4M2.8 12h18.4" />,
};

export function StateIcon({ state }: { state: LampState }) {
  return (
    <svg class={"icon is-" + state} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      {shapes[state]}
    </svg>
  );
}

const paths = {
  lamps: "M12 3v2.5M5.5 6l1.8 1.8M18.5 6l-1.8 1.8M8.2 12.2a3.8 3.8 0 1 1 7.6 0c0 1.6-1 2.3-1.4 3.6H9.6c-.4-1.3-1.4-2-1.4-3.6zM10 19h4",
  tickets: "M9 4H6v17h12V4h-3M9 3h6v3.5H9zM9 13l2.2 2.2L15.4 11",
  inbox: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.7 2H4.3zM10 21h4",
  office: "M3.5 20.5h17M5 20.5v-11L12 4l7 5.5v11M9.5 20.5v-6h5v6",
  back: "M14.5 5 8 12l6.5 7",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.4 15.4 21 21",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9l6 6 6-6",
  place: "M12 21s6.5-6.2 6.5-11a6.5 6.5 0 1 0-13 0c0 4.800 6.500 11 6.500 11zM12 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z",
  phone: "M6 3h3.500l1.500 5-2.200 1.600a12 12 0 0 0 5.600 5.600L16 13l5 1.500V18a3 3 0 0 1-3 3C10 21 3 14 3 6a3 3 0 0 1 3-3z",
  bring: "M8 8V5.500A1.500 1.500 0 0 1 9.500 4h5A1.500 1.500 0 0 1 16 5.500V8M3.500 8h17v12h-17zM3.500 13h17M10.500 12v2.500h3V12",
  check: "M4.500 12.500 10 18 20 6.500",
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
