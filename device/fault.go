package device

// Fault is the code of an entry of the fault catalogue: what can be wrong.
type Fault string

// The fault codes. Their meaning, wording and thresholds are the catalogue of package alerts.
const (
	LampDark           Fault = "lamp_dark"
	LampDim            Fault = "lamp_dim"
	LampFlicker        Fault = "lamp_flicker"
	LampDayBurning     Fault = "lamp_day_burning"
	LightShort         Fault = "light_short"
	BatteryEmpty       Fault = "battery_empty"
	BatteryAging       Fault = "battery_aging"
	BatteryOverheat    Fault = "battery_overheat"
	BatteryOvervoltage Fault = "battery_overvoltage"
	PanelDead          Fault = "panel_dead"
	PanelLowYield      Fault = "panel_low_yield"
	SensorSuspect      Fault = "sensor_suspect"
	ClockWrong         Fault = "clock_wrong"
	Tampered           Fault = "tampered"
	LampSilent         Fault = "lamp_silent"
	GatewaySilent      Fault = "gateway_silent"
	WeatherShortage    Fault = "weather_shortage"
)
