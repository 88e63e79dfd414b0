// Package ruletest reads and runs tests of the alert rules that are written like
// a night in the life of a lamp. It promises that a script which passes got
// exactly the changes it expects, in their order, and that a mistake in a script
// is named with its line.
//
// A script is lines of words; # begins a comment.
//
//	lamp JP-0001 interval=5m schedule="dusk+0h:100 dawn:0" watts=20 battery=12.8 chemistry=lifepo4
//	lamp JP-0002..JP-0051 gateway=GW-01        fifty lamps behind a gateway
//	night 2026-01-04                           times that follow count from noon of this day to the next noon
//	night +1                                   the night after
//	nights 7                                   the lines up to end, on seven nights from this one on
//	end
//	JP-0001 16:00-07:30 lit 13.2V              a reading every interval, to before the end
//	JP-0001 18:00-20:00 dark 12.5V..11.2V      with a voltage that changes evenly
//	JP-0001 18:00-20:00 dark received=21:00    that all arrive at 21:00
//	gateway GW-01 18:30 offline                its last will
//	ignore lamp_silent                         changes of these faults are not looked at
//	unobserved 18:00-08:30                     we ourselves were off
//	expect 17:50-18:40 firing lamp_dark JP-0001
//	expect 21:00 firing lamp_dark JP-0001 quiet
//	expect night JP-0001 lit=13h20m observed=13h40m expected=13h40m switches=2
//
// Words of a reading: lit, lit=30%, dark (measured load), on, off (the controller's
// command), load=3W, dim=30%, 12.9V, soc=40%, method=bms, charging, every=10m, gateway=GW-01, and
// any field by its name on the wire: battery_temp_c=25..65, switch_count=100..160, mode=maintenance. A
// lamp's keys: interval, schedule, watts, panel, battery, ah, chemistry, gateway, link, stage, village, profile.
// A subject that is no lamp is written whole: village:大垭村.
// Times of an expectation are event times; a night's figures match within 10 minutes.
package ruletest
