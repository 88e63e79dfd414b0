package device

// Role is what a person is to the lamps.
type Role string

// The roles.
const (
	Resident  Role = "resident"
	Volunteer Role = "volunteer"
	Office    Role = "office"
	Supplier  Role = "supplier"
)

// Language is what a person reads: zh (first) or en.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Person is someone who may be told about lamps. Channels are tried in order;
// "inbox" is the page, anything else a notification URL (alerts/notify says which).
type Person struct {
	ID       PersonID
	Name     string
	Role     Role
	Village  Village
	Place    PlaceID // where a resident lives; empty for others
	Phone    string
	Channels []string
	Language Language
}
