package device

// NightLight is what one lamp gave in one finished night. Durations are seconds.
// Hours that nobody observed are in neither Lit nor Observed.
type NightLight struct {
	Lamp      LampID
	Night     string  // date on which the night begins, YYYY-MM-DD, in the town's zone
	Dusk      Millis  // sunset at the lamp
	Dawn      Millis  // the sunrise after it
	LitS      float64 // lit while observed
	ExpectedS float64 // promised by the schedule while observed; 0 where not known
	ObservedS float64 // dark time covered by readings
	Switches  int     // changes between lit and dark
	SoCMin    float64 // lowest state of charge seen, %, NaN where not measured
	Readings  int     // how many readings it was made from

	// These are for pages, and not journaled.
	LitUntil      Millis  // the light of the evening is known to have gone on until then, Dusk where it never came; 0 where nobody watched
	EndSeen       bool    // and was seen to end then
	PromisedUntil Millis  // to when the schedule promises it; 0 where not known
	DepthPct      float64 // how deep below full the battery was drawn, % of its nominal energy; NaN where not known
}

// Status is an online or offline message of a lamp or gateway, or its last will.
type Status struct {
	Subject  Subject
	Online   bool
	TS       Millis // by the sender's clock; 0 in a last will
	Received Millis
}
